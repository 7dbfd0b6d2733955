"""Errors, heartbeats and cancellation, played: a refusal, a real kill, a customer who calls."""

from __future__ import annotations

import re

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT

LAB = "T7"
GOALS = ("hopeless", "expected", "noticed", "resumed", "waited", "refunded")
ALL, NOTHING = dict.fromkeys(GOALS, "done"), dict.fromkeys(GOALS, "not_yet")

HEARTBEAT_TIMEOUT = "                heartbeat_timeout=timedelta(seconds=3),\n"
WAITS = "                cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,\n"
REFUNDS = """\
                await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
"""

# For each goal a solution that misses it and no other: the scenes it plays in, the file, what
# stands there, what shall stand there, and what the check says.
WRONG = {
    "hopeless": (
        "stolen",
        "workflows.py",
        'non_retryable_error_types=["CardRefusedError"]',
        "maximum_attempts=2",
        "its card was refused 2 times. Try: `non_retryable_error_types` in TODO 1",
    ),
    "expected": (
        "stolen",
        "workflows.py",
        'reason.type == "CardRefusedError"',
        'reason.type == "CardRefused"',
        "its card was refused, and it failed with that. Try: TODO 2",
    ),
    "noticed": (
        "killed",
        "workflows.py",
        f"start_to_close_timeout=timedelta(minutes=10),\n{HEARTBEAT_TIMEOUT}",
        "start_to_close_timeout=timedelta(seconds=10),\n",
        "attempt 2 did not begin for want of a heartbeat. Try: TODO 3 and 4",
    ),
    "resumed": (
        "killed",
        "activities.py",
        "activity.heartbeat(item)",
        "activity.heartbeat()",
        "its last attempt began with item 1 again. Try: `heartbeat(item)`",
    ),
    "waited": (
        "canceled",
        "workflows.py",
        WAITS,
        "",
        "went on without waiting for the packing to stop. Try: TODO 5",
    ),
    "refunded": (
        "canceled",
        "workflows.py",
        REFUNDS,
        "                pass\n",
        "it was canceled, and nobody asked for the refund. Try: TODO 6",
    ),
}


def change(stage: Stage, name: str, right: str, wrong: str) -> None:
    """Write the solution with a mistake in it."""
    source = lab_file(stage.lab, name, SEAT, solution=True)
    assert source.count(right) == 1, right
    stage.workspace.write(f"{stage.lab.folder.name}/{name}", source.replace(right, wrong))


def stolen(stage: Stage, _: str) -> str:
    """Place an order with a stolen card; return its ID."""
    return id_of(stage.run("--card stolen", expect=0))


def killed(stage: Stage, worker: str) -> str:
    """Kill the worker in the middle of an order, let another one go on; return the order's ID."""
    run, order = stage.start("--items 8")
    stage.wait_for(worker, f"item 2 of {order}")
    stage.kill()
    stage.worker()
    stage.wait_for(run, "Result")
    return order


def canceled(stage: Stage, worker: str) -> str:
    """Cancel an order while it is being packed; return its ID."""
    run, order = stage.start()
    stage.wait_for(worker, f"item 2 of {order}")
    stage.sh(f"temporal workflow cancel -w {order}")
    stage.wait_for(run, "The workflow did not complete")
    return order


def id_of(said: str) -> str:
    """Return the ID that a run of the starter printed."""
    (found,) = re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)
    return str(found)


def not_in_guide(stage: Stage, log: str) -> list[str]:
    """Return lines that the guide does not show, whichever item or attempt they are about."""
    log = re.sub(r"item \d+ of", "item 2 of", log)
    log = re.sub(r"attempt [2-9]", "attempt 2", log)
    return stage.missing_in_guide(re.sub(r"began with [2-9]", "began with 2", log))


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run("--items 2")
    assert not_in_guide(stage, said + stage.log(worker)) == []
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert (
        "its card was not refused. Try: `lab run T7 --card stolen`"
        in (results["hopeless"]["because"])
    )
    stage.record("starter", id_of(said))


def test_as_handed_out_it_retries_in_vain_and_nobody_hears_of_a_cancellation(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    run, refused = stage.start("--card stolen")
    stage.wait_for(worker, f"charge {refused}, attempt 3")
    assert "is on its way. Try: TODO 1" in stage.check()["hopeless"]["because"]
    assert not_in_guide(stage, stage.log(run) + stage.log(worker)) == []
    stage.record("retrying", refused)
    stage.sh(f"temporal workflow terminate -w {refused}")

    run, order = stage.start("--items 6")
    stage.wait_for(worker, f"item 2 of {order}")
    stage.sh(f"temporal workflow cancel -w {order}")
    stage.wait_for(run, "The workflow did not complete: Workflow cancelled")
    stage.wait_for(worker, f"item 6 of {order}")
    assert "unpacked" not in stage.log(worker)
    assert set(stage.states().values()) == {"not_yet"}
    stage.record("unheard", order)


def test_a_refusal_is_an_answer_and_is_not_asked_for_twice(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run("--card stolen")
    assert "was not accepted: the card is stolen" in said
    assert not_in_guide(stage, said + stage.log(worker)) == []
    assert stage.log(worker).count("activity: charge") == 1
    assert stage.states() == {**NOTHING, "hopeless": "done", "expected": "done"}
    stage.record("refused", id_of(said))


def test_a_dead_worker_is_noticed_by_its_silence_and_its_work_goes_on(stage: Stage) -> None:
    stage.install()
    first = stage.worker()
    run, order = stage.start("--items 9")
    stage.wait_for(first, f"item 3 of {order}")
    stage.kill()
    second = stage.worker()
    said = stage.wait_for(run, "Result")
    assert re.search(r"the last worker began with [2-9]$", said, re.MULTILINE), said
    assert "item 1 of" not in stage.log(second)
    assert not_in_guide(stage, said + stage.log(second)) == []
    assert not any("HEARTBEAT" in kind for kind in stage.history(order))
    assert stage.states() == {**NOTHING, "noticed": "done", "resumed": "done"}
    stage.record("resumed", order)


def test_a_canceled_order_is_unpacked_and_refunded_before_it_ends(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    order = canceled(stage, worker)
    log = stage.log(worker)
    assert log.index("is unpacked") < log.index("is refunded") < log.index("the packing of")
    assert not_in_guide(stage, log) == []
    assert stage.states() == {**NOTHING, "waited": "done", "refunded": "done"}
    stage.record("canceled", order)


def test_without_waiting_the_order_ends_before_its_box_is_unpacked(stage: Stage) -> None:
    stage.install()
    # With a heartbeat only every eight seconds, the packing hears of it long after the order's end.
    rarely = HEARTBEAT_TIMEOUT.replace("seconds=3", "seconds=10")
    change(stage, "workflows.py", HEARTBEAT_TIMEOUT + WAITS, rarely)
    worker = stage.worker()
    canceled(stage, worker)
    log = stage.wait_for(worker, "is unpacked")
    assert log.index("the packing of") < log.index("is unpacked")


def test_a_refusal_that_nobody_expects_fails_the_workflow(stage: Stage) -> None:
    stage.install()
    change(stage, "workflows.py", 'reason.type == "CardRefusedError"', "False")
    stage.worker()
    said = stage.run("--card stolen", expect=1)
    assert not_in_guide(stage, said) == []


@pytest.mark.parametrize("goal", WRONG)
def test_a_wrong_solution_misses_its_goal_alone(stage: Stage, goal: str) -> None:
    scene, name, right, wrong, because = WRONG[goal]
    stage.install()
    worker = stage.worker()
    for play in (stolen, canceled, killed):
        if play.__name__ != scene:
            play(stage, worker)
    stage.kill()
    change(stage, name, right, wrong)
    worker = stage.worker()
    if goal == "expected":
        order = id_of(stage.run("--card stolen", expect=1))
    else:
        order = {"stolen": stolen, "killed": killed, "canceled": canceled}[scene](stage, worker)
    results = stage.check()
    assert {g: r["state"] for g, r in results.items()} == {**ALL, goal: "not_yet"}, results
    assert because in results[goal]["because"]
    stage.record(f"wrong-{goal}", order)
