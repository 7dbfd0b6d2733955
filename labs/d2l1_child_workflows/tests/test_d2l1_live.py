"""Child Workflows, played: the matrix, row by row, and what the server made of it."""

from __future__ import annotations

import json
import re

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "D2L1"
GOALS = ("handoff", "outlives", "hears", "recursive", "launched", "steps_in")
ALL, NOTHING = dict.fromkeys(GOALS, "done"), dict.fromkeys(GOALS, "not_yet")

# What the solution says, and what a wrong one says instead.
POLICY = "            parent_close_policy=workflow.ParentClosePolicy.ABANDON,\n"
START = """\
        await workflow.start_child_workflow(
            FulfilmentWorkflow.run,
"""
HANDED = """\
        told = "handed over"
        settle(order)
"""
CAUGHT = """\
        try:
            told = await fulfilment
        except ChildWorkflowError as error:
            await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
            told = f"refunded, because {error.cause}"
"""
UNCAUGHT = """\
        told = await fulfilment
"""
ANEW = """\
        if place != "delivered":
            await workflow.sleep(tracking.pause_seconds)
            workflow.continue_as_new(replace(tracking, look=tracking.look + 1))
"""
LOOP = """\
        while place != "delivered":
            await workflow.sleep(tracking.pause_seconds)
            tracking = replace(tracking, look=tracking.look + 1)
            place = await workflow.execute_activity(
                ask_carrier, tracking, start_to_close_timeout=SOON
            )
"""
STEP_IN = """\
        if seen == "failed":
            parcel = replace(parcel, carrier="courier", lost=False)
            seen = await self._watch(await self._launch(parcel), until)
"""

Wrong = tuple[str, list[tuple[str, str]], str, str]

# For each goal a solution that misses it and no other: the file, the changes, in which field of the
# matrix that shows, and what the check says.
WRONG: dict[str, Wrong] = {
    "handoff": (
        "workflows.py",
        [
            (START, START.replace("await", "fulfilment = await")),
            (HANDED, f"{HANDED}        await fulfilment\n"),
        ],
        "handoff, parent ends",
        "it completed after its child was over: it has waited",
    ),
    "outlives": (
        "workflows.py",
        [(START, f"        settle(order)\n{START}")],
        "handoff, parent fails",
        "it failed, and had started no child",
    ),
    "hears": (
        "workflows.py",
        [(CAUGHT, UNCAUGHT)],
        "waiting, child fails",
        "its child failed, and it failed with it. Try: TODO 4",
    ),
    "recursive": (
        "workflows.py",
        [(ANEW, LOOP)],
        "recursive, parent ends",
        "all of it happened in a single run. Try: TODO 5",
    ),
    "launched": (
        "activities.py",
        [("id=parcel.fulfilment_id,", 'id=f"{parcel.fulfilment_id}-{attempt}",')],
        "supervised, parent ends",
        "and not fulfilment-order-",
    ),
    "steps_in": (
        "workflows.py",
        [(STEP_IN, "")],
        "supervised, child fails",
        "it saw its fulfilment fail, and did nothing. Try: TODO 7",
    ),
}


def change(stage: Stage, name: str, *changes: tuple[str, str]) -> None:
    """Write the solution with a mistake in it."""
    stage.install()
    source = lab_file(stage.lab, name, SEAT, solution=True)
    for right, wrong in changes:
        assert source.count(right) == 1, right
        source = source.replace(right, wrong)
    stage.workspace.write(f"{stage.lab.folder.name}/{name}", source)


def started(said: str) -> dict[str, str]:
    """Return the IDs of what a run of the starter has begun, by their fields of the matrix."""
    found = re.findall(r"^Started {2}(\S+) {2}(.*)$", said, re.MULTILINE)
    return {field: workflow_id for workflow_id, field in found}


def children(stage: Stage, workflow_id: str) -> list[str]:
    """Return the IDs of a workflow's children, as the server's list has them."""
    query = f"ParentWorkflowId = '{workflow_id}'"
    listed = json.loads(stage.sh(f'temporal workflow list -o json --query "{query}"'))
    return [found["execution"]["workflowId"] for found in listed]


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker()
    said = stage.run("--seconds 1")
    assert stage.missing_in_guide(said) == []
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert "it completed, and had started no child. Try: TODO 1" in results["handoff"]["because"]
    assert "no child of it failed while it waited. Try: TODO 3" in results["hears"]["because"]
    assert "happened in a single run. Try: TODO 5" in results["recursive"]["because"]
    assert "it launched nothing, and not fulfilment-" in results["launched"]["because"]
    stage.record("starter-handoff", started(said)["handoff, parent ends"])
    stage.record("starter-recursive", started(said)["recursive, parent ends"])
    stage.record("starter-supervised", started(said)["supervised, child fails"])


def test_the_whole_matrix(stage: Stage) -> None:
    stage.install()
    stage.worker()
    said = stage.run("--seconds 3")
    assert stage.missing_in_guide(said) == []
    assert stage.states() == ALL
    ids = started(said)
    assert len(ids) == 12
    for field in ("handoff, parent ends", "handoff, parent fails", "waiting, child fails"):
        stage.record(field.replace(", ", "-").replace(" ", "-"), ids[field])
    stage.record("recursive-last-run", ids["recursive, parent ends"])
    stage.record("supervised-child-fails", ids["supervised, child fails"])


def test_who_is_whose_parent(stage: Stage) -> None:
    change(stage, "workflows.py", (STEP_IN, ""))
    worker = stage.worker()
    handed = started(stage.run("handoff --seconds 1"))["handoff, parent ends"]
    said = stage.run("supervised --seconds 3")
    assert stage.missing_in_guide(said + stage.log(worker)) == []
    launched = started(said)["supervised, parent ends"]
    fulfilment = [f"fulfilment-{handed}"]
    until(lambda: children(stage, handed) == fulfilment, "a child", lambda: children(stage, handed))
    assert children(stage, launched) == [], "what an activity launches has no parent"


def test_by_default_a_child_ends_with_its_parent(stage: Stage) -> None:
    change(stage, "workflows.py", (POLICY, ""))
    stage.worker()
    said = stage.run("handoff --seconds 3")
    assert stage.missing_in_guide(said) == []
    assert said.count("terminated") == 3
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert "not allowed to outlive it. Try: TODO 2" in results["handoff"]["because"]
    assert "not allowed to outlive it. Try: TODO 2" in results["outlives"]["because"]
    order = started(said)["handoff, parent ends"]
    assert stage.history(f"fulfilment-{order}")[-1] == "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"
    stage.record("terminated", order)


def test_a_child_whose_start_nobody_awaits_never_exists(stage: Stage) -> None:
    change(
        stage,
        "workflows.py",
        (START, START.replace("await ", "asyncio.create_task(")),
        (f"{POLICY}        )", f"{POLICY}        ))"),
        ("from dataclasses", "import asyncio\nfrom dataclasses"),
    )
    stage.worker()
    said = stage.run("handoff --seconds 1")
    assert re.search(r"parent ends +completed +none +handed over", said), said
    assert "began, and so there is none" in stage.check()["handoff"]["because"]
    stage.record("never-began", started(said)["handoff, parent ends"])


def test_an_error_of_a_child_that_nobody_catches_fails_the_parent(stage: Stage) -> None:
    change(stage, "workflows.py", (CAUGHT, UNCAUGHT))
    stage.worker()
    said = stage.run("waiting --seconds 1")
    assert stage.missing_in_guide(said) == []
    assert "child fails   failed            failed" in said


def test_a_plain_exception_in_a_child_leaves_both_running(stage: Stage) -> None:
    change(stage, "workflows.py", ('ApplicationError(f"the {', 'ValueError(f"the {'))
    worker = stage.worker()
    log = stage.begin("lab run D2L1 waiting --seconds 0.5")
    stage.wait_for(worker, "ValueError: the post lost it")
    order = started(stage.log(log))["waiting, child fails"]
    described = [
        json.loads(stage.sh(f"temporal workflow describe -o json -w {workflow_id}"))
        for workflow_id in (order, f"fulfilment-{order}")
    ]
    statuses = [d["workflowExecutionInfo"]["status"] for d in described]
    assert statuses == ["WORKFLOW_EXECUTION_STATUS_RUNNING"] * 2
    stage.sh(f"temporal workflow terminate -w {order}")


@pytest.mark.parametrize("goal", WRONG)
def test_a_wrong_solution_misses_its_goal_alone(stage: Stage, goal: str) -> None:
    name, changes, field, because = WRONG[goal]
    change(stage, name, *changes)
    stage.worker()
    said = stage.run("--seconds 1.5")
    results = stage.check()
    states = {goal: result["state"] for goal, result in results.items()}
    assert states == {**ALL, goal: "not_yet"}, results
    assert because in results[goal]["because"]
    stage.record(f"wrong-{goal}", started(said)[field])
