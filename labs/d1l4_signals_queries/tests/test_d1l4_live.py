"""Signals & Queries, played: by the CLI and by code."""

from __future__ import annotations

import re

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT

LAB = "D1L4"
GRACE = """--input '{"approver": "grace"}'"""
NOTHING = dict.fromkeys(("signal", "timeout", "query", "update"), "not_yet")


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker()
    said = stage.run()
    assert "nobody approved it in time" in said
    assert stage.missing_in_guide(said) == []
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "it did not wait. Try: TODO 1 and 2" in results["signal"]["because"]
    order = said.split()[1]
    unanswered = stage.run(f"--ask {order}", expect=1)
    assert unanswered.startswith("The workflow has no answer: Query handler for 'status' expected")
    stage.record("starter", order)


def test_a_signal_ends_the_waiting(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    run, order = stage.start()
    stage.wait_for(worker, "waits for an approval")
    assert "it waits for its signal now" in stage.check()["signal"]["because"]
    stage.record("waits", order)
    sent = stage.sh(f"temporal workflow signal -w {order} --name receive_approval {GRACE}")
    said = stage.wait_for(run, "Result")
    assert "was approved by grace, ada@example.com is told" in said
    assert stage.states() == {**NOTHING, "signal": "done"}
    assert stage.missing_in_guide(sent + said + stage.log(worker)) == []
    stage.record("approved", order)


def test_the_same_signal_by_code_and_with_the_start(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    run, order = stage.start()
    stage.wait_for(worker, "waits for an approval")
    sent = stage.run(f"--approve {order}")
    assert "was approved by grace" in stage.wait_for(run, "Result")
    assert stage.missing_in_guide(sent) == []
    assert "says no: workflow execution already completed" in stage.run(
        f"--approve {order}", expect=1
    )
    with_start = stage.run("--approved")
    assert "was approved by grace" in with_start
    stage.record("signal-with-start", with_start.split()[1])


def test_without_a_signal_the_timer_decides(stage: Stage) -> None:
    stage.install()
    stage.worker()
    said = stage.run("--seconds 1")
    assert "goes to the manager" in said
    assert stage.states() == {**NOTHING, "timeout": "done"}
    stage.record("nobody", said.split()[1])


def test_queries_answer_also_after_the_end_but_not_without_a_worker(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    run, order = stage.start()
    stage.wait_for(worker, "waits for an approval")
    query = f"temporal workflow query -w {order} --type status"
    before = stage.history(order)
    waiting = stage.sh(query)
    assert "waiting for an approval" in waiting
    assert stage.history(order) == before, "a query leaves no event"
    assert "nobody asked it and approved it then. Try: TODO 3" in stage.check()["query"]["because"]
    asked = stage.run(f"--ask {order}")
    stage.wait_for(run, "Result")
    assert stage.states() == {**NOTHING, "signal": "done", "query": "done"}
    stage.record("asked", order)
    approved = stage.sh(query)
    assert stage.missing_in_guide(waiting + asked + approved) == []
    assert stage.run(f"--ask {order}") == f"{order} says: approved\n"
    stage.kill()
    refused = stage.sh(query, expect=1)
    # How long ago the worker polled decides which of two sentences it is.
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    sentences = re.findall(r"^Error: querying .*$", guide, re.MULTILINE)
    assert refused.strip() in sentences
    stage.said.update(sentences)


def test_who_sleeps_is_asked_and_changed_but_not_woken(stage: Stage) -> None:
    stage.install()
    source = lab_file(stage.lab, "workflows.py", SEAT, solution=True)
    waits = re.compile(r"await workflow\.wait_condition\(.*?\n            \)\n", re.DOTALL)
    asleep, count = waits.subn("await workflow.sleep(order.wait_seconds)\n", source)
    assert count == 1
    stage.workspace.write(f"{stage.lab.folder.name}/workflows.py", asleep)
    worker = stage.worker()
    run, order = stage.start("--seconds 8")
    stage.wait_for(worker, "waits for an approval")
    stage.run(f"--ask {order}")
    moved = """--input '{"email": "ada@new.example"}'"""
    stage.sh(f"temporal workflow update execute -w {order} --name change_email {moved}")
    stage.wait_for(run, "Result")
    assert stage.states() == {**NOTHING, "query": "done", "update": "done"}
    assert "the signal came, and nobody listened" in stage.check()["signal"]["because"]
    stage.record("slept", order)


def test_an_update_is_validated_changes_and_answers(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    run, order = stage.start()
    stage.wait_for(worker, "waits for an approval")
    update = f"temporal workflow update execute -w {order} --name change_email --input"
    before = stage.history(order)
    refused = stage.sh(f"""{update} '{{"email": "ada"}}'""", expect=1)
    assert "'ada' is no e-mail address" in refused
    assert stage.history(order) == before, "a refused update leaves no event"
    accepted = stage.sh(f"""{update} '{{"email": "ada@new.example"}}'""")
    assert "ada@example.com" in accepted
    assert stage.states() == {**NOTHING, "update": "done"}
    stage.run(f"--approve {order}")
    assert "ada@new.example is told" in stage.wait_for(run, "Result")
    assert stage.missing_in_guide(refused) == []
    stage.record("updated", order)


def test_a_signal_of_another_name_is_taken_and_does_nothing(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    run, order = stage.start("--seconds 4")
    stage.wait_for(worker, "waits for an approval")
    stage.sh(f"temporal workflow signal -w {order} --name recieve_approval {GRACE}")
    assert "goes to the manager" in stage.wait_for(run, "Result")
    because = stage.check()["signal"]["because"]
    assert "a signal recieve_approval came, which is not receive_approval" in because
    stage.record("misnamed", order)


def test_a_signal_without_its_input_is_taken_and_wedges_the_order(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    _, order = stage.start()
    stage.wait_for(worker, "waits for an approval")
    stage.sh(f"temporal workflow signal -w {order} --name receive_approval")
    said = stage.wait_for(worker, "missing 1 required positional argument: 'approval'")
    assert stage.missing_in_guide(said) == []
    result = stage.check()["signal"]
    assert "its worker cannot handle the signal" in result["because"]
    stage.record("wedged", order)
    stage.sh(f"temporal workflow terminate -w {order}")
