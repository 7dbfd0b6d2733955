"""What D1L3's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "retrying": {"limit"},
    "third-attempt": {"limit", "retry"},
    "exhausted": {"limit", "exhausted"},
    "survived": {"limit", "restart"},
    "case-attempt": {"attempt_timeout"},
    "case-activity": set(),
    "case-order": {"order_timeout"},
    "case-timer": set(),
}
BECAUSE = {
    ("starter", "limit"): "may be tried without an end. Try: TODO 1",
    ("starter", "retry"): "paid at the first attempt. Try: TODO 2",
    ("starter", "restart"): "has not come to a pause",
    ("survived", "exhausted"): "its payment did not fail for good",
    ("case-timer", "order_timeout"): "was not ended by an execution timeout",
    ("case-activity", "attempt_timeout"): "no attempt timed out in it",
}


def with_facts(run: Run, kind: str, facts: Mapping[str, Any]) -> Run:
    def change(event: Event) -> Event:
        return replace(event, facts={**event.facts, **facts}) if event.kind == kind else event

    return edited(run, change)


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D1L3") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D1L3", recorded("D1L3", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D1L3", recorded("D1L3", name))[goal].because


def test_while_it_retries_the_answer_tells_the_attempt_and_when() -> None:
    run = recorded("D1L3", "retrying")
    waiting = replace(run.pending[0], running=False, attempt=3, next_at=run.read_at)
    soon = replace(waiting, next_at=run.read_at + timedelta(seconds=1.7))
    for pending, words in (
        (soon, "in progress: charge, attempt 3 of 3, next in 2 s."),
        (waiting, "in progress: charge, attempt 3 of 3 waits for a worker."),
        (replace(waiting, running=True), "in progress: charge, attempt 3 of 3 is running."),
    ):
        assert words in findings("D1L3", replace(run, pending=(pending,)))["retry"].because


def test_four_attempts_are_not_three() -> None:
    run = with_facts(recorded("D1L3", "exhausted"), "ActivityTaskStarted", {"attempt": 4})
    policy = {"retryPolicy": {"maximumAttempts": 4}}
    run = with_facts(run, "ActivityTaskScheduled", policy)
    assert reached("D1L3", run) == set()
    assert "may be tried 4 times" in findings("D1L3", run)["limit"].because


def test_an_activity_given_up_by_the_clock_is_not_exhausted() -> None:
    facts = {"retryState": "RETRY_STATE_TIMEOUT"}
    run = with_facts(recorded("D1L3", "exhausted"), "ActivityTaskFailed", facts)
    assert reached("D1L3", run) == {"limit"}


def test_a_single_attempt_that_timed_out_is_not_enough() -> None:
    run = with_facts(recorded("D1L3", "case-attempt"), "ActivityTaskStarted", {"attempt": 1})
    assert reached("D1L3", run) == set()


def test_an_order_that_timed_out_without_a_timer_does_not_count() -> None:
    def no_timer(event: Event) -> Event:
        return replace(event, kind=event.kind.replace("TimerStarted", "MarkerRecorded"))

    assert reached("D1L3", edited(recorded("D1L3", "case-order"), no_timer)) == set()


def test_a_timeout_case_is_no_order_that_survived() -> None:
    run = replace(recorded("D1L3", "survived"), kind="TimerTimeout")
    assert reached("D1L3", run) == {"limit"}


def killed_elsewhere(run: Run) -> Run:
    """Return an execution that one worker saw through its pause: another one had died before."""
    paused = run.first("TimerStarted")
    assert paused
    asked = run.about(paused, "workflowTaskCompletedEventId")

    def change(event: Event) -> Event:
        if event.kind != "WorkflowTaskCompleted" or event.id < asked.id:
            return event
        return replace(event, facts={**event.facts, "identity": "D1L3-one"})

    return edited(run, change)


DONE = {
    "retry": recorded("D1L3", "third-attempt"),
    "exhausted": recorded("D1L3", "exhausted"),
    "restart": recorded("D1L3", "survived"),
    "attempt_timeout": recorded("D1L3", "case-attempt"),
    "order_timeout": recorded("D1L3", "case-order"),
}
# What comes near each goal instead. Who loses all three attempts has a limit of three, so the limit
# has no such case.
NEAR = {
    "retry": (recorded("D1L3", "starter"), recorded("D1L3", "retrying")),
    "exhausted": (
        with_facts(
            recorded("D1L3", "exhausted"),
            "ActivityTaskFailed",
            {"retryState": "RETRY_STATE_TIMEOUT"},
        ),
        with_facts(recorded("D1L3", "exhausted"), "ActivityTaskStarted", {"attempt": 2}),
        recorded("D1L3", "case-activity"),
    ),
    "restart": (killed_elsewhere(recorded("D1L3", "survived")),),
    "attempt_timeout": (
        with_facts(recorded("D1L3", "case-attempt"), "ActivityTaskStarted", {"attempt": 1}),
        recorded("D1L3", "case-activity"),
    ),
    "order_timeout": (recorded("D1L3", "case-timer"), recorded("D1L3", "case-activity")),
}


@pytest.mark.parametrize("goal", NEAR)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    others = [run for other, run in DONE.items() if other != goal]
    assert reached("D1L3", *others, *NEAR[goal]) == {"limit", *DONE} - {goal}
