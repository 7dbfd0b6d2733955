"""What D2L2's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "inherited": {"tail"},
    "all-new": set(),
    "stuck": {"broken"},
    "switched": {"healed"},
    "ended": {"broken"},
    "healed": {"broken", "healed"},
    "patched": {"patched"},
    "unpatched": set(),
}
BECAUSE = {
    ("starter", "tail"): "it sent no receipt. Try: TODO 1",
    ("starter", "broken"): "no replay of it failed. Try: TODO 2",
    ("starter", "healed"): "no replay of it failed. Try: TODO 2 first",
    ("starter", "patched"): "it was not checked for fraud. Try: TODO 3",
    ("all-new", "tail"): "did all of it, receipt included",
    ("healed", "tail"): "a replay of it failed",
    ("stuck", "healed"): "it is stuck, at attempt",
    ("switched", "broken"): "its replay failed, and yet code",
    ("ended", "healed"): "it is over, but not healed: Terminated",
    ("unpatched", "patched"): "its history has no marker",
}
# All of the lab, but one thing done in a way that does not prove it.
WRONG = {
    "tail": ("all-new", "healed", "patched"),
    "broken": ("inherited", "switched", "patched"),
    "healed": ("inherited", "ended", "patched"),
    "patched": ("inherited", "healed", "unpatched"),
}


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D2L2") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D2L2", recorded("D2L2", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D2L2", recorded("D2L2", name))[goal].because


@pytest.mark.parametrize("goal", WRONG)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    runs = [recorded("D2L2", name) for name in WRONG[goal]]
    assert reached("D2L2", *runs) == WRONG.keys() - {goal}


def test_an_order_that_goes_on_is_not_healed_before_its_end() -> None:
    run = replace(recorded("D2L2", "healed"), status="Running")
    assert reached("D2L2", run) == {"broken"}
    assert "it goes on. Try: again in a moment." in findings("D2L2", run)["healed"].because


def test_a_failure_of_another_kind_is_no_broken_replay() -> None:
    def plain(event: Event) -> Event:
        if event.kind != "WorkflowTaskFailed":
            return event
        return replace(event, facts={**event.facts, "cause": "X"})

    assert reached("D2L2", edited(recorded("D2L2", "healed"), plain)) == {"tail"}


def test_a_marker_of_another_kind_is_no_patch() -> None:
    def local(event: Event) -> Event:
        if event.kind != "MarkerRecorded":
            return event
        return replace(event, facts={**event.facts, "markerName": "core_local_activity"})

    assert reached("D2L2", edited(recorded("D2L2", "patched"), local)) == set()
