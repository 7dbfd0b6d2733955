"""What D1L5's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from labkit.checking.history import Event, Run
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


def test_a_resets_own_event_is_no_failure() -> None:
    run = recorded("D1L5", "safe")
    cause = {"cause": "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"}
    first = next(event for event in run.events if event.kind == "WorkflowTaskScheduled")
    reset = replace(first, kind="WorkflowTaskFailed", facts=cause)
    events = tuple(reset if event == first else event for event in run.events)
    assert reached("D1L5", replace(run, events=events)) == {"safe"}


def by_one_worker(run: Run) -> Run:
    """Return an execution that nobody replayed."""

    def change(event: Event) -> Event:
        return replace(event, facts={**event.facts, "identity": "D1L5-one"})

    return edited(run, change)


def failed_with(run: Run, facts: Mapping[str, Any]) -> Run:
    """Return an execution whose workflow tasks failed in another way."""

    def change(event: Event) -> Event:
        if event.kind != "WorkflowTaskFailed":
            return event
        return replace(event, facts={**event.facts, **facts})

    return edited(run, change)


PLAIN = {"failure": {"message": "oh", "applicationFailureInfo": {"type": "ValueError"}}}
# What comes near each goal instead of proving it.
NEAR = {
    "sandbox": (failed_with(recorded("D1L5", "sandbox"), PLAIN), recorded("D1L5", "act-4")),
    "silent": (recorded("D1L5", "starter"), recorded("D1L5", "act-4")),
    "replay": (failed_with(recorded("D1L5", "act-3"), {"cause": "X", **PLAIN}),),
    "safe": (by_one_worker(recorded("D1L5", "safe")), recorded("D1L5", "starter")),
}
DONE = {"sandbox": "sandbox", "silent": "silent", "replay": "act-3", "safe": "safe"}


@pytest.mark.parametrize("goal", NEAR)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    others = [recorded("D1L5", name) for other, name in DONE.items() if other != goal]
    assert reached("D1L5", *others, *NEAR[goal]) == DONE.keys() - {goal}


def test_a_failure_of_another_kind_is_neither_sandbox_nor_replay() -> None:
    for name in ("sandbox", "act-3"):
        failed = failed_with(recorded("D1L5", name), {"cause": "X", **PLAIN})
        assert reached("D1L5", failed) == set()


def test_without_a_restart_nothing_was_replayed() -> None:
    assert reached("D1L5", by_one_worker(recorded("D1L5", "safe"))) == set()
