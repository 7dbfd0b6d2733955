"""Following a seat: each look comes to what a first one would, fetches less, forgets nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import histories
from tests.outside import LABS, Recorded, Seat, recorded

from labkit.checking import following as module
from labkit.checking.declared import course
from labkit.checking.following import Following, Look
from labkit.checking.goals import State
from labkit.checking.history import Event, Run
from labkit.checking.metrics import Sample
from labkit.checking.reading import CROWDED, LONGEST
from labkit.checking.source import SilentError

COURSE = course(LABS)
EVERY = [(c.lab.id, name) for c in COURSE if c.goals for name in sorted(histories.names(c.lab.id))]


def look(follows: Following, seat: Seat) -> Look:
    return asyncio.run(follows.look(seat))


def states(seen: Look) -> dict[tuple[str, str], State]:
    """Return the state of each goal, by lab and goal."""
    return {
        (lab, finding.goal.id): finding.state
        for lab, findings in seen.findings.items()
        for finding in findings
    }


def done(seen: Look) -> set[tuple[str, str]]:
    return {goal for goal, state in states(seen).items() if state is State.DONE}


@pytest.mark.parametrize(("lab", "name"), EVERY)
def test_a_look_finds_what_lab_check_finds(lab: str, name: str) -> None:
    seen = look(Following(COURSE), Seat([recorded(lab, name)]))
    mine = {finding.goal.id: finding for finding in seen.findings[lab]}
    check = histories.findings(lab, histories.recorded(lab, name))
    assert {g: f.state for g, f in mine.items()} == {g: f.state for g, f in check.items()}
    # What is not done yet may depend on when it was read.
    for goal in [goal for goal, finding in mine.items() if finding.state is State.DONE]:
        assert mine[goal].because == check[goal].because
        assert mine[goal].evidence == check[goal].evidence


SOME = [("D1L1", "survived"), ("D1L1", "not-killed"), ("D1L5", "act-3"), ("D2L2", "healed")]


@st.composite
def days(draw: st.DrawFn) -> list[dict[tuple[str, str], int]]:
    """Draw how long each of some histories is at each look; 0 is not there (yet, or any more)."""
    lengths = {one: recorded(*one).length for one in SOME}
    at: dict[tuple[str, str], int] = dict.fromkeys(SOME, 0)
    days = []
    for _ in range(draw(st.integers(1, 5))):
        for one, most in lengths.items():
            at[one] = draw(st.integers(at[one], most))
        gone = draw(st.sets(st.sampled_from(SOME), max_size=1))
        days.append({one: 0 if one in gone else length for one, length in at.items()})
    return days


def seat_at(day: Mapping[tuple[str, str], int], seat: Seat) -> None:
    seat.executions = [
        replace(recorded(*one), length=length) for one, length in day.items() if length
    ]


@settings(max_examples=30, deadline=None)
@given(days())
def test_looks_one_after_the_other_come_to_what_a_first_look_does(
    course_of_things: list[dict[tuple[str, str], int]],
) -> None:
    follows, seat = Following(COURSE), Seat()
    before: set[tuple[str, str]] = set()
    known: dict[str, int] = {}
    for day in course_of_things:
        seat_at(day, seat)
        seat.fetched.clear()
        seen, anew = look(follows, seat), look(Following(COURSE), replace(seat, fetched=seat.asked))
        # Once done stays done, and nothing else is remembered.
        assert done(seen) == before | done(anew)
        assert all(states(seen)[g] is s for g, s in states(anew).items() if g not in before)
        # Only what has changed is fetched, and that once.
        there = {one.run_id: one.length for one in seat.executions}
        assert seat.fetched == {run: 1 for run, length in there.items() if known.get(run) != length}
        before, known = done(seen), there


def test_a_goal_that_is_done_keeps_its_evidence_when_the_history_is_gone() -> None:
    follows, seat = Following(COURSE), Seat([recorded("D1L1", "survived")])
    first = look(follows, seat).findings["D1L1"]
    seat.executions = []
    assert look(follows, seat).findings["D1L1"] == first
    assert [finding.state for finding in first] == [State.DONE, State.DONE]


def test_the_current_lab_is_that_of_the_newest_execution() -> None:
    assert look(Following(COURSE), Seat()).lab == ""
    both = [recorded("D1L5", "act-3"), recorded("D1L1", "survived")]
    newest = max(both, key=lambda one: str(one.info["startTime"]))
    lab = "D1L5" if newest is both[0] else "D1L1"
    assert look(Following(COURSE), Seat(both)).lab == lab
    assert look(Following(COURSE), Seat(both[::-1])).lab == lab


def crowd(many: int, lab: str = "D1L1", name: str = "in-its-pause") -> list[Recorded]:
    """Return a loop's executions, none of which is over."""
    one = recorded(lab, name)
    info = one.description["workflowExecutionInfo"]
    return [
        replace(
            one,
            description={
                **one.description,
                "workflowExecutionInfo": {
                    **info,
                    "execution": {"workflowId": f"order-{n}", "runId": str(n)},
                },
            },
        )
        for n in range(many)
    ]


def test_a_loop_of_a_thousand_costs_a_bounded_look_and_hides_no_other_lab() -> None:
    other = recorded("D1L5", "act-3")
    seat, follows = Seat([*crowd(1_100), other]), Following(COURSE)
    seen = look(follows, seat)
    assert seat.asked["history"] <= module.MOST_READ
    assert seat.asked["listed"] == 2
    while any(
        "There is more to be read" in one.because for ones in seen.findings.values() for one in ones
    ):
        assert seat.asked["history"] < 400, "it never comes to an end"
        seen = look(follows, seat)
    assert ("D1L5", "replay") in done(seen)
    assert states(seen)["D1L1", "restart"] is State.UNKNOWN, "an older one may have proven it"
    assert seen.findings["D1L1"][1].because.startswith(CROWDED)


def test_of_more_than_a_look_reads_the_newest_are_followed_and_little_is_kept() -> None:
    running = crowd(module.MOST_READ + 20)
    seat, follows = Seat(running), Following(COURSE)
    look(follows, seat)
    look(follows, seat)
    seen = [one.run.run_id for one in look(follows, seat).running]
    assert seen == [one.run_id for one in running[: module.MOST_READ]]
    whole = [kept for kept in follows._kept.values() if kept.read]
    assert len(whole) <= module.MOST_READ


def test_what_can_not_be_read_leaves_unknown_what_it_might_prove_and_is_tried_again() -> None:
    one = recorded("D1L1", "survived")
    seat, follows = Seat([one], unreadable=frozenset([one.run_id])), Following(COURSE)
    assert states(look(follows, seat))["D1L1", "pause"] is State.UNKNOWN
    seat.unreadable = frozenset()
    assert states(look(follows, seat))["D1L1", "pause"] is State.DONE


def test_a_history_that_is_too_long_is_not_fetched() -> None:
    one = recorded("D1L1", "survived")
    info = {**one.description["workflowExecutionInfo"]}
    times = LONGEST // len(one.history) + 1
    long = replace(one, history=one.history * times, length=len(one.history) * times)
    seat = Seat([replace(long, description={"workflowExecutionInfo": info})])
    seen = look(Following(COURSE), seat)
    assert states(seen)["D1L1", "pause"] is State.UNKNOWN
    assert "too long to be read" in seen.findings["D1L1"][0].because
    assert not seat.fetched


def test_a_server_that_is_silent_is_said_to_be_so_and_what_was_known_stays() -> None:
    seat, follows = Seat([recorded("D1L1", "survived")]), Following(COURSE)
    before = look(follows, seat)
    seat.silent = True
    with pytest.raises(SilentError):
        look(follows, seat)
    seat.silent = False
    seat.fetched.clear()
    assert done(look(follows, seat)) == done(before)
    assert not seat.fetched


def test_a_history_that_confuses_a_check_proves_nothing_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def confused(_: Run) -> Event:
        raise KeyError("taskQueue")

    for goal in next(c for c in COURSE if c.lab.id == "D1L1").goals:
        monkeypatch.setitem(goal.__dict__, "proof", confused)
    seen = look(Following(COURSE), Seat([recorded("D1L1", "survived"), recorded("D1L5", "act-3")]))
    assert states(seen)["D1L1", "pause"] is State.NOT_YET
    assert "does not understand" in seen.findings["D1L1"][0].because
    assert ("D1L5", "replay") in done(seen)


COUNTED = [
    Sample("shop_orders", {"task_queue": "d2l5_orders", "outcome": outcome}, 2.0)
    for outcome in ("paid", "refused")
]


def test_what_only_workers_know_is_asked_of_them_until_it_is_done() -> None:
    follows, seat = Following(COURSE), Seat([recorded("D2L5", "paid")])
    assert states(look(follows, seat))["D2L5", "counter"] is State.NOT_YET
    seat.samples = COUNTED
    seat.fetched.clear()
    assert states(look(follows, seat))["D2L5", "counter"] is State.DONE
    seat.samples = ()
    assert states(look(follows, seat))["D2L5", "counter"] is State.DONE
    assert not seat.fetched, "a metric that changed is no history that changed"


def test_workers_are_not_asked_where_no_goal_needs_it() -> None:
    seat = Seat([recorded("D1L1", "survived")])
    look(Following(COURSE), seat)
    assert not seat.asked["measured"]


def test_executions_that_belong_to_no_lab_are_let_alone() -> None:
    one = recorded("D1L1", "survived")
    started = one.history[0]["workflowExecutionStartedEventAttributes"]
    for queue in ("welcome", "d1l1", "d9l9_orders", ""):
        other = {
            **one.history[0],
            "workflowExecutionStartedEventAttributes": {**started, "taskQueue": {"name": queue}},
        }
        seat = Seat([replace(one, history=[other, *one.history[1:]])])
        assert look(Following(COURSE), seat).lab == ""
        assert not seat.fetched
