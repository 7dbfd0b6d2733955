"""What D2L4's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "down": {"forward"},
    "refused": {"undone"},
    "lost": {"doubtful"},
    "canceled": {"canceled"},
    "kept-refused": set(),
    "kept-lost": set(),
    "kept-canceled": set(),
    "wrong-forward": {"undone"},
    "wrong-undone": set(),
    "wrong-doubtful": set(),
    "wrong-canceled": set(),
}
BECAUSE = {
    ("starter", "forward"): "its courier was booked at once. Try: `lab run D2L4 --trouble down`",
    ("starter", "undone"): "none of its steps was refused",
    ("starter", "doubtful"): "none of its steps ran out of time",
    ("starter", "canceled"): "nobody canceled it",
    ("refused", "forward"): "its courier was given up at attempt 1",
    ("lost", "forward"): "no courier was booked for it",
    ("kept-refused", "undone"): "nobody asked for: refund, release. Try: TODO 1 and 2",
    ("kept-lost", "doubtful"): "nobody asked for refund. Try: TODO 3",
    ("kept-canceled", "canceled"): "nobody asked for: refund, release. Try: TODO 4",
    ("wrong-undone", "undone"): "it was undone in the wrong order: release, refund",
    ("wrong-forward", "forward"): "given up at attempt 1",
}
ENDINGS = {"forward": "down", "undone": "refused", "doubtful": "lost", "canceled": "canceled"}
UNDOING = {"refund", "release"}


def without(run: Run, kind: str) -> Run:
    """Return an execution in which one activity never came to its end."""

    def unended(event: Event) -> Event:
        if event.kind != "ActivityTaskCompleted":
            return event
        scheduled = run.about(event, "scheduledEventId")
        ended = scheduled.facts["activityType"]["name"] == kind
        return replace(event, kind="MarkerRecorded") if ended else event

    return edited(run, unended)


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D2L4") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D2L4", recorded("D2L4", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D2L4", recorded("D2L4", name))[goal].because


@pytest.mark.parametrize("goal", ENDINGS)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    right = [recorded("D2L4", name) for other, name in ENDINGS.items() if other != goal]
    assert reached("D2L4", *right, recorded("D2L4", f"wrong-{goal}")) == ENDINGS.keys() - {goal}


@pytest.mark.parametrize("name", ["refused", "canceled"])
@pytest.mark.parametrize("kind", sorted(UNDOING))
def test_half_of_it_undone_is_not_undone(name: str, kind: str) -> None:
    run = without(recorded("D2L4", name), kind)
    assert reached("D2L4", run) == set()
    goal = "undone" if name == "refused" else "canceled"
    assert f"nobody asked for: {kind}" in findings("D2L4", run)[goal].because


@pytest.mark.parametrize("name", ["refused", "canceled"])
def test_an_order_of_which_nothing_was_done_has_nothing_to_undo(name: str) -> None:
    run = without(without(recorded("D2L4", f"kept-{name}"), "reserve"), "charge")
    found = findings("D2L4", run)["undone" if name == "refused" else "canceled"]
    assert f"was {name} before anything was done" in found.because


def test_a_step_that_is_still_being_tried_is_neither_refused_nor_done() -> None:
    retrying = recorded("D1L3", "retrying").pending[0]
    asked = without(recorded("D2L4", "down"), "book_courier")
    run = replace(asked, pending=(replace(retrying, kind="book_courier", most=0),))
    assert reached("D2L4", run) == set()
    assert "in progress: book_courier, attempt" in findings("D2L4", run)["forward"].because
