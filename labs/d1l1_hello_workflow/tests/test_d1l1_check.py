"""What D1L1's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "in-its-pause": {"pause"},
    "not-killed": {"pause"},
    "fired-alone": {"pause"},
    "survived": {"pause", "restart"},
}
BECAUSE = {
    ("starter", "pause"): "it ended without a timer. Try: TODO 2",
    ("starter", "restart"): "has not come to a pause",
    ("in-its-pause", "restart"): "it is in its pause of 12 s now. Try: `lab kill`",
    ("not-killed", "restart"): "the worker that began its pause of 1 s also went on",
    ("fired-alone", "restart"): "no worker has gone on with it. Try: `lab worker D1L1`",
}


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D1L1") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D1L1", recorded("D1L1", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D1L1", recorded("D1L1", name))[goal].because


def test_one_worker_before_and_after_is_no_restart() -> None:
    def same_worker(event: Event) -> Event:
        return replace(event, facts={**event.facts, "identity": "D1L1-one"})

    run = edited(recorded("D1L1", "survived"), same_worker)
    assert reached("D1L1", run) == {"pause"}


def test_a_timer_that_was_canceled_did_not_survive() -> None:
    def canceled(event: Event) -> Event:
        return replace(event, kind=event.kind.replace("TimerFired", "TimerCanceled"))

    assert reached("D1L1", edited(recorded("D1L1", "survived"), canceled)) == {"pause"}


def test_the_one_that_proves_it_counts_whatever_came_later() -> None:
    runs = [recorded("D1L1", name) for name in ("starter", "survived", "not-killed")]
    found = findings("D1L1", *runs)
    assert reached("D1L1", *runs) == {"pause", "restart"}
    evidence = found["restart"].evidence
    assert evidence
    assert evidence["workflow_id"] == runs[1].workflow_id
    assert runs[1].events[(evidence["event_id"] or 0) - 1].kind == "WorkflowTaskCompleted"


def test_of_those_that_don_t_the_nearest_explains() -> None:
    runs = [recorded("D1L1", name) for name in ("starter", "not-killed", "in-its-pause")]
    assert "it is in its pause" in findings("D1L1", *runs)["restart"].because


def test_without_any_execution_there_is_a_beginning() -> None:
    assert findings("D1L1")["pause"].because == "Nothing was started yet. Try: lab run D1L1"


def test_all_but_the_restart_is_refused_by_that_goal_alone() -> None:
    """The other goal, the pause, has no such case: there is no restart in a pause without one."""
    runs = [recorded("D1L1", name) for name in ("not-killed", "fired-alone", "in-its-pause")]
    assert reached("D1L1", *runs) == {"pause"}
