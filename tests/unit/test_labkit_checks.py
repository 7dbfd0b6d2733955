"""What a check answers when it could not read everything, and how a result looks."""

from __future__ import annotations

from tests.histories import LABS, recorded

from labkit.checking.checks import goals_of, judged
from labkit.checking.goals import State
from labkit.checking.reading import Reading
from labkit.labs import all_labs, find_lab

PAUSE, RESTART = goals_of(find_lab(LABS, "D1L1"))


def test_a_history_that_was_too_long_leaves_what_is_not_proven_unknown() -> None:
    reading = Reading(runs=[recorded("D1L1", "not-killed")], skipped=["order-1"])
    assert judged(PAUSE, reading).state is State.DONE
    unknown = judged(RESTART, reading)
    assert unknown.state is State.UNKNOWN
    assert unknown.because.startswith("The history of order-1 is too long to be read.")


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


def test_the_goals_of_a_lab_have_names_of_their_own() -> None:
    for lab in all_labs(LABS):
        goals = goals_of(lab)
        assert len({goal.id for goal in goals}) == len(goals) >= 2
        assert all(goal.title.endswith(".") for goal in goals)
