"""What D2L3's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

DONE_IN_FULL = {"fanout", "parallel", "fanin"}
PROVES = {
    "starter": set(),
    "side-by-side": DONE_IN_FULL,
    "two-threads": {"fanout", "fanin"},
    "starved": {"fanout", "fanin"},
    "all-lost": {"fanout"},
    "nine-of-ten": {*DONE_IN_FULL, "partial"},
    "at-a-pace": {"fanout", "fanin", "pace"},
    "wrong-fanout": {"parallel", "fanin"},
    "wrong-parallel": {"fanout", "fanin"},
    "wrong-fanin": {"fanout", "parallel"},
    "wrong-partial": {"fanout"},
    "wrong-pace": DONE_IN_FULL,
}
BECAUSE = {
    ("starter", "fanout"): "it asked for no job. Try: TODO 1 and 2",
    ("starter", "parallel"): "it asked for no job. Try: TODO 1 and 2",
    ("starter", "partial"): "none of its jobs failed for good",
    ("two-threads", "parallel"): "10.0 s of work took ",
    ("two-threads", "pace"): "its jobs began as soon as a worker had room for them. Try: TODO 5",
    ("starved", "parallel"): "10.0 s of work took ",
    ("starved", "pace"): "its jobs began as soon as a worker had room for them",
    ("all-lost", "partial"): "one of its jobs failed, and all of it with that. Try: TODO 4",
    ("all-lost", "fanin"): "it did not complete",
    ("wrong-fanout", "fanout"): "jobs one after the other. Try: `workflow.start_activity`",
    ("wrong-fanin", "fanin"): "it completed when 4 of its 6 jobs were over. Try: `asyncio.gather`",
    ("wrong-pace", "pace"): "its jobs began as soon as a worker had room for them",
}


def because(run: Run, goal: str) -> str:
    return findings("D2L3", run)[goal].because


def until(run: Run, kind: str) -> Run:
    """Return an execution as it was before it ended, right after the first event of a kind."""
    last = run.first(kind)
    assert last
    return replace(run, status="Running", events=run.events[: last.id])


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D2L3") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D2L3", recorded("D2L3", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in because(recorded("D2L3", name), goal)


def test_an_order_that_no_worker_has_taken_up_says_so() -> None:
    run = until(recorded("D2L3", "side-by-side"), "WorkflowTaskScheduled")
    assert "no worker has taken it up. Try: `lab worker D2L3`" in because(run, "fanout")
    assert "no worker has taken it up" in because(run, "fanin")


def test_an_order_whose_jobs_are_in_work_has_not_come_together_yet() -> None:
    run = until(recorded("D2L3", "side-by-side"), "ActivityTaskCompleted")
    assert reached("D2L3", run) == {"fanout"}


def test_two_jobs_at_once_are_no_fan_out() -> None:
    run = recorded("D2L3", "side-by-side")
    asked = [event.id for event in run.events if event.kind == "ActivityTaskScheduled"]

    def other_step(event: Event) -> Event:
        if event.id not in asked:
            return event
        step = {"workflowTaskCompletedEventId": str(asked.index(event.id) // 2)}
        return replace(event, facts={**event.facts, **step})

    assert "fanout" not in reached("D2L3", edited(run, other_step))


def test_a_job_that_is_tried_again_waits_for_its_backoff_and_not_for_the_pace() -> None:
    def second_attempt(event: Event) -> Event:
        if event.kind != "ActivityTaskStarted":
            return event
        return replace(event, facts={**event.facts, "attempt": 2})

    run = edited(recorded("D2L3", "at-a-pace"), second_attempt)
    assert "pace" not in reached("D2L3", run)


def test_a_worker_that_was_away_for_a_while_is_no_pace() -> None:
    run = recorded("D2L3", "two-threads")
    ends = [event for event in run.events if event.kind == "ActivityTaskCompleted"]
    later = {event.id for end in ends[4:] for event in (end, run.about(end, "startedEventId"))}

    def away(event: Event) -> Event:
        at = event.at + timedelta(seconds=30)
        return replace(event, at=at) if event.id in later else event

    assert "pace" not in reached("D2L3", edited(run, away))


def test_a_job_that_is_told_a_string_is_judged_all_the_same() -> None:
    text = base64.b64encode(b'"order-1-01"').decode()
    payload = {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": text}

    def told(event: Event) -> Event:
        if event.kind != "ActivityTaskScheduled":
            return event
        return replace(event, facts={**event.facts, "input": {"payloads": [payload]}})

    run = edited(recorded("D2L3", "side-by-side"), told)
    assert reached("D2L3", run) == {"fanout", "fanin"}
