"""What T13's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter-order": set(),
    "starter-parcel": set(),
    "starter-return": set(),
    "found": {"order_found"},
    "shipped": {"order_mended"},
    "printed": {"parcel_found", "parcel_mended"},
    "refunded": {"return_found", "return_mended"},
    "misread": set(),
    "shipped-by-the-last-task": {"order_mended"},
    "printed-by-hand": {"parcel_mended"},
    "heard-at-last": {"return_mended"},
    "charged-twice": set(),
    "misprinted": {"parcel_found"},
    "terminated": {"return_found"},
}
BECAUSE = {
    ("starter-order", "order_found"): "its replay fails, and no note says why",
    ("starter-order", "order_mended"): "its replay fails, and will fail as often as it is tried",
    ("starter-parcel", "parcel_found"): "it has no note. Try: `lab run T13 --note PARCEL VALUE`",
    ("starter-parcel", "parcel_mended"): "in progress: print_label, attempt ",
    ("starter-return", "return_found"): "it has no note. Try: `lab run T13 --note RETURN NAME`",
    ("starter-return", "return_mended"): "it waits. Try: `temporal workflow stack`",
    ("starter-return", "order_found"): "it is no OrderWorkflow. Try: `lab run T13`",
    ("shipped", "order_found"): "no replay of it has failed so far",
    ("found", "order_mended"): "it is over, and was not shipped: Terminated",
    ("misread", "order_found"): "your note says “15”, which is a WorkflowTaskFailed.",
    ("printed-by-hand", "parcel_found"): "your note says “20099”, and that is what it should be.",
    ("heard-at-last", "return_found"): "your note says “inspected”, and that one was heard.",
    ("charged-twice", "order_mended"): "so its customer pays twice",
    ("misprinted", "parcel_mended"): "its label says “Lange Reihe 100, 2O099 Hamburg”, and no such",
    ("terminated", "return_mended"): "it is over, and nobody was refunded: Terminated",
}
# All of the lab, but one thing done in a way that does not prove it.
WRONG = {
    "order_found": ("misread", "shipped", "printed", "refunded"),
    "order_mended": ("found", "charged-twice", "printed", "refunded"),
    "parcel_found": ("found", "shipped", "printed-by-hand", "refunded"),
    "parcel_mended": ("found", "shipped", "misprinted", "refunded"),
    "return_found": ("found", "shipped", "printed", "heard-at-last"),
    "return_mended": ("found", "shipped", "printed", "terminated"),
}


def until(run: Run, kind: str) -> Run:
    """Return an execution as it was before it ended, right after the first event of a kind."""
    last = run.first(kind)
    assert last
    return replace(run, status="Running", events=run.events[: last.id])


def test_all_that_was_recorded_is_judged() -> None:
    assert names("T13") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("T13", recorded("T13", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("T13", recorded("T13", name))[goal].because


@pytest.mark.parametrize("goal", WRONG)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    runs = [recorded("T13", name) for name in WRONG[goal]]
    assert reached("T13", *runs) == WRONG.keys() - {goal}


def test_the_workflow_that_a_goal_is_about_explains_it() -> None:
    runs = [recorded("T13", f"starter-{kind}") for kind in ("return", "parcel", "order")]
    because = findings("T13", *runs)["order_found"].because
    assert because.startswith(runs[-1].workflow_id)


def test_an_order_that_is_patched_where_it_stands_has_gone_on() -> None:
    def completed(event: Event) -> Event:
        return replace(event, kind=event.kind.replace("ExecutionTerminated", "ExecutionCompleted"))

    run = edited(recorded("T13", "found"), completed)
    assert reached("T13", run) == {"order_found", "order_mended"}


def test_an_order_that_was_reset_is_not_shipped_before_its_end() -> None:
    run = until(recorded("T13", "shipped"), "TimerFired")
    assert reached("T13", run) == set()
    assert "it goes on. Try: again in a moment." in findings("T13", run)["order_mended"].because


def test_the_last_note_counts() -> None:
    run = recorded("T13", "printed")
    pinned = run.first("WorkflowExecutionSignaled")
    assert pinned
    empty = replace(pinned, id=len(run.events) + 1, facts={**pinned.facts, "input": {}})
    assert "parcel_found" in reached("T13", replace(run, events=(*run.events, empty)))
    other = recorded("T13", "printed-by-hand").first("WorkflowExecutionSignaled")
    assert other
    assert "parcel_found" not in reached("T13", replace(run, events=(*run.events, other)))
