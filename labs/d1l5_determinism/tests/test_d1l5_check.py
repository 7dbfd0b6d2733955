"""What D1L5's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "sandbox": {"sandbox"},
    "silent": {"silent"},
    "act-3": {"replay"},
    "act-4": {"replay"},
    "safe": {"safe"},
}
BECAUSE = {
    ("starter", "safe"): "its parcel has no number of its own. Try: `workflow.uuid4()`",
    ("sandbox", "safe"): "its code failed at least once",
    ("silent", "safe"): "it booked one number and shipped another",
    ("act-4", "safe"): "its code failed at least once",
    ("safe", "silent"): "all its activities were given the same number",
}


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D1L5") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D1L5", recorded("D1L5", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D1L5", recorded("D1L5", name))[goal].because


def test_a_failure_of_another_kind_is_neither_sandbox_nor_replay() -> None:
    def plain(event: Event) -> Event:
        if event.kind != "WorkflowTaskFailed":
            return event
        failure = {"message": "oh", "applicationFailureInfo": {"type": "ValueError"}}
        return replace(event, facts={**event.facts, "cause": "X", "failure": failure})

    for name in ("sandbox", "act-3"):
        assert reached("D1L5", edited(recorded("D1L5", name), plain)) == set()


def test_a_resets_own_event_is_no_failure() -> None:
    run = recorded("D1L5", "safe")
    cause = {"cause": "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"}
    first = next(event for event in run.events if event.kind == "WorkflowTaskScheduled")
    reset = replace(first, kind="WorkflowTaskFailed", facts=cause)
    events = tuple(reset if event == first else event for event in run.events)
    assert reached("D1L5", replace(run, events=events)) == {"safe"}


def test_without_a_restart_nothing_was_replayed() -> None:
    def same_worker(event: Event) -> Event:
        return replace(event, facts={**event.facts, "identity": "D1L5-one"})

    assert reached("D1L5", edited(recorded("D1L5", "safe"), same_worker)) == set()
