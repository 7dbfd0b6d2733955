"""What D1L4's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "waits": set(),
    "approved": {"signal"},
    "asked": {"signal", "query"},
    "slept": {"query", "update"},
    "signal-with-start": set(),
    "nobody": {"timeout"},
    "updated": {"signal", "update"},
    "misnamed": set(),
    "wedged": set(),
}
BECAUSE = {
    ("starter", "signal"): "it did not wait. Try: TODO 1 and 2",
    ("waits", "signal"): "it waits for its signal now. Try: `temporal workflow signal",
    ("waits", "timeout"): "it still waits",
    ("nobody", "signal"): "no signal came in time",
    ("signal-with-start", "signal"): "the signal was there before it began to wait",
    ("misnamed", "signal"): "a signal recieve_approval came, which is not receive_approval",
    ("slept", "signal"): "the signal came, and nobody listened",
    ("wedged", "signal"): "missing 1 required positional argument: 'approval'",
    ("waits", "query"): "nobody asked it and approved it then. Try: TODO 3",
    ("approved", "query"): "it was approved, and its approver had not asked how it is. Try: TODO 3",
    ("approved", "update"): "no update was accepted in it",
}


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D1L4") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D1L4", recorded("D1L4", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D1L4", recorded("D1L4", name))[goal].because


def test_a_timer_that_fires_all_the_same_was_not_ended() -> None:
    def fired(event: Event) -> Event:
        return replace(event, kind=event.kind.replace("TimerCanceled", "TimerFired"))

    run = edited(recorded("D1L4", "approved"), fired)
    assert reached("D1L4", run) == set()
    assert "the signal came, and nobody listened" in findings("D1L4", run)["signal"].because


def refused(run: Run) -> Run:
    """Return an execution whose update failed."""

    def change(event: Event) -> Event:
        if event.kind != "WorkflowExecutionUpdateCompleted":
            return event
        return replace(event, facts={**event.facts, "outcome": {"failure": {}}})

    return edited(run, change)


# All of the lab, but one thing done in a way that does not prove it.
WRONG = {
    "signal": (
        recorded("D1L4", "slept"),
        recorded("D1L4", "nobody"),
        recorded("D1L4", "signal-with-start"),
        recorded("D1L4", "wedged"),
    ),
    "timeout": (
        recorded("D1L4", "updated"),
        recorded("D1L4", "asked"),
        recorded("D1L4", "misnamed"),
        recorded("D1L4", "waits"),
    ),
    "query": (recorded("D1L4", "updated"), recorded("D1L4", "nobody")),
    "update": (
        refused(recorded("D1L4", "updated")),
        recorded("D1L4", "asked"),
        recorded("D1L4", "nobody"),
    ),
}


@pytest.mark.parametrize("goal", WRONG)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    assert reached("D1L4", *WRONG[goal]) == WRONG.keys() - {goal}


def test_an_update_that_failed_is_none() -> None:
    assert reached("D1L4", refused(recorded("D1L4", "updated"))) == {"signal"}
