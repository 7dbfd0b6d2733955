"""Debugging, played: a night that leaves three workflows stuck, found out and mended."""

from __future__ import annotations

import json
import re

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T13"
GOALS = ("order_found", "order_mended", "parcel_found", "parcel_mended", "return_found",
         "return_mended")  # fmt: skip
ALL, NOTHING = dict.fromkeys(GOALS, "done"), dict.fromkeys(GOALS, "not_yet")
RIGHT = {"order": "11", "parcel": "2O099", "return": "arived"}
WRONG = {"order": "15", "parcel": "20099", "return": "inspected"}
READING = ("failure.message //", "identity", "lastFailure", "stack")
MARKS = (*READING, "signalName", "metadata", "--event-id", "--name arrived")
DOCTOR = ("TimerStarted", "its activity print_label fails", "was sent the signal arived")
LABEL = "Lange Reihe 100, 20099 Hamburg"

Left = dict[str, str]
"""The workflows that a night has left, by their kinds."""


def night(stage: Stage) -> Left:
    """Let a night go by, and return what it has left."""
    said = stage.run("--seconds 6")
    assert missing_in_guide(stage, said) == []
    return {
        found.partition("-")[0]: found for found in re.findall(r"^Started {2}(\S+)", said, re.M)
    }


def pin(stage: Stage, left: Left, findings: Left) -> None:
    for kind, finding in findings.items():
        said = stage.run(f"--note {left[kind]} {finding}")
        assert said.strip() == f"{left[kind]} has your note: {finding}"


def missing_in_guide(stage: Stage, output: str) -> list[str]:
    """Return the lines that the guide does not show, whatever day, attempt or return it is."""
    output = re.sub(r"^( +(?:\d|1[01]) +)\S+Z", r"\1 2026-11-23T03:47:52Z", output, flags=re.M)
    output = re.sub(r"^( +1[2-9] +)\S+Z", r"\1 2026-11-23T03:48:07Z", output, flags=re.M)
    output = re.sub(r"return-[0-9a-f]{6}", "return-0e113c", output)
    output = re.sub(r"^\d$", "7", output, flags=re.MULTILINE)
    return stage.missing_in_guide(output)


def commands(stage: Stage, left: Left) -> dict[str, str]:
    """Return the guide's commands on these workflows, by what is typical of each."""
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    for found in left.values():
        guide = guide.replace(f"{found.partition('-')[0]}-0e113c", found)
    given = re.findall(r"^\$ (temporal .*)$", guide, re.MULTILINE)
    typical = {mark: [command for command in given if mark in command] for mark in MARKS}
    assert all(len(one) == 1 for one in typical.values()), typical
    return {mark: one for mark, (one,) in typical.items()}


def ask(stage: Stage) -> str:
    """Return what the doctor says."""
    return stage.sh("lab doctor", expect=None)


def doctors_words(stage: Stage) -> list[str]:
    """Return what the doctor says of what it shall."""
    said = ask(stage)
    return [words for words in DOCTOR if words in said]


def first_run(stage: Stage, workflow_id: str) -> str:
    """Return the run that a reset has ended."""
    shown = stage.sh(f"temporal workflow describe -w {workflow_id} -o json")
    return str(json.loads(shown)["workflowExecutionInfo"]["firstRunId"])


def status(stage: Stage, workflow_id: str) -> str:
    shown = stage.sh(f"temporal workflow describe -w {workflow_id} -o json")
    name = json.loads(shown)["workflowExecutionInfo"]["status"]
    return str(name).removeprefix("WORKFLOW_EXECUTION_STATUS_")


def is_over(stage: Stage, workflow_id: str) -> None:
    until(
        lambda: status(stage, workflow_id) == "COMPLETED",
        f"{workflow_id} is over",
        lambda: stage.history(workflow_id),
    )


def deploy(stage: Stage) -> str:
    """End the worker, do the TODOs, start another one."""
    stage.kill()
    stage.install()
    return stage.worker()


def test_each_is_read_in_a_place_of_its_own_and_mended_in_its_own_way(stage: Stage) -> None:
    stage.install(solution=False)
    left = night(stage)
    order, parcel, request = left["order"], left["parcel"], left["return"]
    day = stage.worker()
    assert "end it with Ctrl-C before the night begins" in stage.run(expect=1)
    stage.wait_for(day, "[TMPRL1100]")
    typed = commands(stage, left)
    said = {mark: stage.sh(typed[mark]) for mark in READING}
    shown = stage.sh(f"temporal workflow show -w {order}")
    said["show"] = "\n".join(re.findall(r"^ +(?:[4-9]|1\d) .*", shown, re.MULTILINE))
    assert missing_in_guide(stage, "\n".join(said.values())) == []
    assert re.findall(r"(night|T13)-", said["identity"]) == ["night", "night", "night", "T13"]
    assert said["stack"].count("\n") == 2, "one place, and no other"
    assert stage.history(parcel)[-1] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    assert stage.sh(typed["signalName"]).split() == ["inspected", "arived"]
    known = re.findall(r"^ +(\w+) +$", stage.sh(typed["metadata"]), re.MULTILINE)
    assert {name for name in known if "_" not in name} == {"arrived", "inspected", "note"}
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert "its replay fails, and no note says why" in results["order_found"]["because"]
    assert "in progress: print_label" in results["parcel_mended"]["because"]
    for kind, found in left.items():
        stage.record(f"starter-{kind}", found)

    pin(stage, left, RIGHT)
    until(lambda: doctors_words(stage) == [*DOCTOR], "the doctor agrees", lambda: ask(stage))
    assert "signal note" not in ask(stage)
    stage.sh(typed["--event-id"])
    stage.wait_for(day, f"{order} is insured")
    assert "is charged" not in stage.log(day)
    said["signal"] = stage.sh(typed["--name arrived"])
    assert missing_in_guide(stage, said["signal"]) == []
    is_over(stage, request)
    again = deploy(stage)
    is_over(stage, parcel)
    is_over(stage, order)
    told = "\n".join(re.findall(r".*activity: .*", stage.log(day) + stage.log(again)))
    assert missing_in_guide(stage, told) == []
    assert stage.states() == ALL
    stage.record("found", order, first_run(stage, order))
    stage.record("shipped", order)
    stage.record("printed", parcel)
    stage.record("refunded", request)


def test_a_wrong_note_is_refused_however_well_it_is_mended(stage: Stage) -> None:
    stage.install(solution=False)
    left = night(stage)
    stage.wait_for(stage.worker(), "[TMPRL1100]")
    by_hand = f"temporal activity complete -w {left['parcel']} --activity-id 1"
    pin(stage, left, {kind: WRONG[kind] for kind in ("order", "parcel")})
    stage.sh(f"{by_hand} --result '\"{LABEL}\"'")
    stage.sh(f"temporal workflow reset -w {left['order']} --type LastWorkflowTask --reason late")
    deploy(stage)
    # Code that listens to the signal is asked when something happens the next time.
    pin(stage, left, {"return": WRONG["return"]})
    for found in left.values():
        is_over(stage, found)
    assert stage.states() == {
        goal: "done" if goal.endswith("_mended") else "not_yet" for goal in GOALS
    }
    stage.record("misread", left["order"], first_run(stage, left["order"]))
    stage.record("shipped-by-the-last-task", left["order"])
    stage.record("printed-by-hand", left["parcel"])
    stage.record("heard-at-last", left["return"])


def test_a_wrong_way_to_mend_is_refused_however_well_it_was_found(stage: Stage) -> None:
    stage.install(solution=False)
    left = night(stage)
    stage.wait_for(stage.worker(), "[TMPRL1100]")
    pin(stage, left, RIGHT)
    stage.sh(f"temporal workflow reset -w {left['order']} --type FirstWorkflowTask --reason late")
    stage.sh(f"temporal workflow terminate -w {left['return']}")
    stage.kill()
    stage.edit(
        "activities.py", lambda source: source.replace("if not postcode.isdigit()", "if False")
    )
    stage.worker()
    is_over(stage, left["parcel"])
    is_over(stage, left["order"])
    assert stage.states() == {
        goal: "done" if goal.endswith("_found") else "not_yet" for goal in GOALS
    }
    stage.record("charged-twice", left["order"])
    stage.record("misprinted", left["parcel"])
    stage.record("terminated", left["return"])


def test_a_night_is_quieter_when_the_causes_are_mended(stage: Stage) -> None:
    stage.install()
    left = night(stage)
    assert status(stage, left["parcel"]) == status(stage, left["return"]) == "COMPLETED"
    stage.wait_for(stage.worker(), "[TMPRL1100]")
    assert status(stage, left["order"]) == "RUNNING"
    stage.sh(f"temporal workflow terminate -w {left['order']}")
