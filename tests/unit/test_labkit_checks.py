"""What a check answers when it could not read everything, and how a result looks."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from tests.histories import LABS, findings, names, reached, recorded
from tests.stage import missing_in_guide
from tests.workspace import SEAT

from labkit.checking.checks import judged
from labkit.checking.command import Report, as_text
from labkit.checking.declared import goals_of
from labkit.checking.goals import State
from labkit.checking.history import Json
from labkit.checking.reading import CROWDED, LARGEST, NEWEST, Reading, read_runs
from labkit.checking.source import Listed
from labkit.labs import Lab, all_labs, find_lab

NOW = datetime(2025, 7, 16, 10, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Crowd:
    """A server on which a loop has started that many, with histories of some bytes."""

    many: int
    size: int = 0

    async def listed(self, query: str, most: int) -> Sequence[Listed]:
        assert query == "TaskQueue STARTS_WITH 'd1l1_'"
        one = Listed("order", "run", "OrderWorkflow", "d1l1_orders", "Completed", NOW, 9, self.size)
        return [replace(one, run_id=str(n)) for n in range(self.many)][:most]

    async def described(self, one: Listed) -> Json:
        raise AssertionError(one)

    async def history(self, one: Listed) -> Json:
        assert one.size <= LARGEST
        return {"events": []}


PAUSE, RESTART = goals_of(find_lab(LABS, "D1L1"))


def test_a_history_that_was_too_long_leaves_what_is_not_proven_unknown() -> None:
    reading = Reading(runs=[recorded("D1L1", "not-killed")], skipped=["order-1"])
    assert judged(PAUSE, reading).state is State.DONE
    unknown = judged(RESTART, reading)
    assert unknown.state is State.UNKNOWN
    assert unknown.because.startswith("The history of order-1 is too long to be read.")


def test_a_listing_that_is_full_leaves_what_is_not_proven_unknown() -> None:
    reading = Reading(runs=[recorded("D1L1", "not-killed")], skipped=[], full=True)
    assert judged(PAUSE, reading).state is State.DONE
    unknown = judged(RESTART, reading)
    assert unknown.state is State.UNKNOWN
    assert unknown.because.startswith(CROWDED)
    assert "Try: " in unknown.because


@pytest.mark.parametrize(("many", "full"), [(NEWEST - 1, False), (NEWEST, True), (10_000, True)])
def test_a_crowd_is_read_as_far_as_it_is_looked_at(many: int, full: bool) -> None:
    reading = asyncio.run(read_runs(Crowd(many), "D1L1"))
    assert (len(reading.runs), reading.full) == (min(many, NEWEST), full)


def test_a_history_of_few_and_huge_events_is_not_fetched() -> None:
    assert asyncio.run(read_runs(Crowd(1, size=LARGEST), "D1L1")).skipped == []
    assert asyncio.run(read_runs(Crowd(1, size=LARGEST + 1), "D1L1")).skipped == ["order"]


def test_a_result_has_the_shape_that_the_classroom_knows() -> None:
    run = recorded("D1L1", "survived")
    result = judged(PAUSE, Reading(runs=[run], skipped=[])).as_json("seat-07", "D1L1", "now")
    assert result == {
        "seat": "seat-07",
        "lab": "D1L1",
        "goal": "pause",
        "state": "done",
        "because": f"{run.workflow_id}: the server kept a timer of 12 s for it.",
        "evidence": {"workflow_id": run.workflow_id, "run_id": run.run_id, "event_id": 5},
        "at": "now",
    }


def test_the_first_guide_shows_what_lab_check_says_of_a_lab_that_is_done() -> None:
    lab = find_lab(LABS, "D1L1")
    found = list(findings("D1L1", recorded("D1L1", "survived")).values())
    said = as_text(Report(found), lab, SEAT, str)
    assert "2 of 2 goals reached." in said
    assert missing_in_guide(lab, said) == []


# What another goal of the lab includes: without a pause, no worker dies in it.
INCLUDED = {("D1L1", "pause"), ("D1L2", "activity"), ("D1L3", "limit")}
# Missed by waiting for nothing, which is no wrong solution: it has a live test of its own.
BY_ITSELF = {("D2L5", "waited")}
CHECKED = [lab for lab in all_labs(LABS) if not lab.example]


def wrong_when_played(lab: Lab) -> set[str]:
    """Return the goals for which a lab's live test has a solution that misses them alone."""
    tests = lab.folder / "tests" / f"test_{lab.id.lower()}_live.py"
    (wrong,) = re.findall(r"^WRONG\b[^=]*= (\{$.*?^\})", tests.read_text(), re.M | re.S) or ["{}"]
    table = ast.parse(wrong, mode="eval").body
    assert isinstance(table, ast.Dict)
    return {str(ast.literal_eval(key)) for key in table.keys if key}


@pytest.mark.parametrize("lab", CHECKED, ids=lambda lab: lab.id)
def test_each_goal_of_a_lab_can_be_missed_alone(lab: Lab) -> None:
    """A live test plays it, or recorded histories prove all the others and not this one."""
    goals = {goal.id for goal in goals_of(lab)}
    proven = [reached(lab.id, recorded(lab.id, name)) for name in names(lab.id)]
    alone = {
        goal
        for goal in goals
        if goals - {goal} == set().union(*(found for found in proven if goal not in found))
    }
    others = {goal for lab_id, goal in INCLUDED | BY_ITSELF if lab_id == lab.id}
    assert alone | (wrong_when_played(lab) & goals) == goals - others


def test_the_goals_of_a_lab_have_names_of_their_own() -> None:
    for lab in all_labs(LABS):
        goals = goals_of(lab)
        assert len({goal.id for goal in goals}) == len(goals)
        assert len(goals) >= 2 or lab.example
        assert all(goal.title.endswith(".") for goal in goals)
