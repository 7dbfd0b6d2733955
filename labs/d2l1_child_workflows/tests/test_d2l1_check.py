"""What D2L1's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from labkit.checking.history import Event, PendingActivity, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter-handoff": set(),
    "starter-recursive": set(),
    "starter-supervised": set(),
    "handoff-parent-ends": {"handoff"},
    "handoff-parent-fails": {"outlives"},
    "waiting-child-fails": {"hears"},
    "recursive-last-run": {"recursive"},
    "supervised-child-fails": {"launched", "steps_in"},
    "terminated": set(),
    "never-began": set(),
    "wrong-handoff": set(),
    "wrong-outlives": set(),
    "wrong-hears": set(),
    "wrong-recursive": set(),
    "wrong-launched": set(),
    "wrong-steps_in": {"launched"},
}
BECAUSE = {
    ("starter-handoff", "handoff"): "it completed, and had started no child. Try: TODO 1",
    ("starter-handoff", "hears"): "no child of it failed while it waited. Try: TODO 3",
    ("starter-recursive", "recursive"): "all of it happened in a single run. Try: TODO 5",
    ("starter-supervised", "launched"): "it launched nothing, and not fulfilment-order-",
    ("starter-supervised", "steps_in"): "it saw no fulfilment fail",
    ("starter-supervised", "handoff"): "it is no hand-off that completed",
    ("terminated", "handoff"): "its child was not allowed to outlive it. Try: TODO 2",
    ("never-began", "handoff"): "before the child that it had asked for began",
    ("wrong-handoff", "handoff"): "it completed after its child was over: it has waited",
    ("wrong-outlives", "outlives"): "it failed, and had started no child",
    ("wrong-hears", "hears"): "its child failed, and it failed with it. Try: TODO 4",
    ("wrong-steps_in", "steps_in"): "it saw its fulfilment fail, and did nothing. Try: TODO 7",
    ("recursive-last-run", "handoff"): "it is no hand-off that completed",
    ("recursive-last-run", "launched"): "it has nothing launched",
    ("handoff-parent-ends", "recursive"): "it tracks nothing",
}


def without(run: Run, *kinds: str) -> Run:
    """Return an execution in which these events are others, which mean nothing here."""

    def change(event: Event) -> Event:
        return replace(event, kind="MarkerRecorded") if event.kind in kinds else event

    return edited(run, change)


def because(run: Run, goal: str) -> str:
    return findings("D2L1", run)[goal].because


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D2L1") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D2L1", recorded("D2L1", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in because(recorded("D2L1", name), goal)


def test_an_order_that_still_runs_has_handed_nothing_over() -> None:
    run = without(recorded("D2L1", "handoff-parent-ends"), "WorkflowExecutionCompleted")
    assert reached("D2L1", run) == set()


def test_an_order_that_heard_of_a_failure_and_did_nothing_has_not_made_it_good() -> None:
    run = without(recorded("D2L1", "waiting-child-fails"), "ActivityTaskCompleted")
    assert reached("D2L1", run) == set()
    assert "it did nothing about it. Try: TODO 4" in because(run, "hears")


def test_a_run_that_is_told_what_the_first_was_told_does_not_count() -> None:
    run = recorded("D2L1", "recursive-last-run")
    first = recorded("D2L1", "starter-recursive").events[0].facts["input"]
    started = replace(run.events[0], facts={**run.events[0].facts, "input": first})
    run = replace(run, events=(started, *run.events[1:]))
    assert reached("D2L1", run) == set()
    assert "told it the same as it had been told. Try: counting" in because(run, "recursive")


def test_a_tracking_that_was_started_without_its_input_is_judged_all_the_same() -> None:
    def no_input(event: Event) -> Event:
        return replace(event, facts={k: v for k, v in event.facts.items() if k != "input"})

    run = edited(recorded("D2L1", "recursive-last-run"), no_input)
    assert "recursive" in findings("D2L1", run)


def test_a_last_run_that_fails_has_not_seen_the_parcel_arrive() -> None:
    run = without(recorded("D2L1", "recursive-last-run"), "WorkflowExecutionCompleted")
    assert "it has not seen the parcel arrive" in because(run, "recursive")


def test_a_launch_that_never_failed_does_not_show_that_it_may() -> None:
    def first_attempt(event: Event) -> Event:
        if event.kind != "ActivityTaskStarted":
            return event
        return replace(event, facts={**event.facts, "attempt": 1})

    run = edited(recorded("D2L1", "supervised-child-fails"), first_attempt)
    assert reached("D2L1", run) == {"steps_in"}
    assert "its launch was not tried again" in because(run, "launched")


def test_a_supervisor_that_saw_nothing_good_come_of_it_is_not_done() -> None:
    run = recorded("D2L1", "supervised-child-fails")
    last = [event for event in run.events if event.kind == "ActivityTaskCompleted"][-1]
    events = tuple(event for event in run.events if event.id < last.id)
    run = replace(run, events=events)
    assert reached("D2L1", run) == {"launched"}
    assert "it stepped in, and has seen nothing good come of it" in because(run, "steps_in")


def test_while_a_launch_is_tried_again_the_answer_tells_the_attempt() -> None:
    run = recorded("D2L1", "supervised-child-fails")
    asked = next(event for event in run.events if event.kind == "ActivityTaskScheduled")
    retrying = PendingActivity(
        kind="launch",
        attempt=2,
        most=3,
        running=False,
        next_at=run.read_at + timedelta(seconds=2),
        failure="the line dropped",
        worker="D2L1-one",
    )
    run = replace(run, events=run.events[: asked.id], pending=(retrying,))
    assert "in progress: launch, attempt 2 of 3, next in 2 s." in because(run, "launched")
