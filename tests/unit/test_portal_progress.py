"""How far the seats are: what is kept, who is stuck and why, and what a home shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.checking.goals import State
from portal.operator import told
from portal.operator.values import WrongError
from portal.progress import (
    PATIENCE_SECONDS,
    STALE_SECONDS,
    AtWork,
    Goal,
    Lab,
    Progress,
    Standing,
    Stuck,
    stuck,
)
from portal.seat.labs import labs_state
from portal.store import Database, Store
from portal.store.results import RESULT_STATES, Reached, Result

NOW = 1_752_649_500.0
COURSE = (
    Lab("D1L1", "Hello", (Goal("pause", "It pauses."), Goal("restart", "It goes on."))),
    Lab("D1L5", "Determinism", (Goal("replay", "A replay is stopped."),)),
)
SEEN = {"workflow_id": "order/1", "run_id": "r 1", "event_id": 5}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(Database(tmp_path / "portal.sqlite"))
    for seat in ("seat-07", "seat-08"):
        found.seats.add(seat, "", "hash", NOW)
    yield found
    found.database.close()


def result(state: str, because: str = "so", goal: str = "pause", **more: Any) -> Result:  # noqa: ANN401
    facts = {"seat": "seat-07", "lab": "D1L1", **more}
    return Result(goal=goal, state=state, because=because, **facts)


def kept(store: Store) -> Result:
    return store.results.of_seat("seat-07")["D1L1", "pause"]


def test_states_are_the_words_of_the_checks() -> None:
    assert set(RESULT_STATES) == set(State)


def test_what_was_once_done_stays_done_with_what_showed_it(store: Store) -> None:
    first = result("done", "it did", evidence=SEEN)
    for at, one in enumerate([result("not_yet"), first, result("not_yet"), result("unknown")]):
        store.results.take([one], NOW + at)
        assert kept(store) == (one if at == 0 else first)
    store.results.take([result("done", "again")], NOW + 9)
    assert kept(store) == first
    assert store.results.reached() == [Reached("seat-07", "D1L1", 1, NOW + 1)]


@given(st.lists(st.sampled_from(RESULT_STATES), min_size=1))
def test_the_last_word_counts_until_it_is_done(states: list[str]) -> None:
    store = Store(Database(Path(":memory:")))
    store.seats.add("seat-07", "", "hash", NOW)
    for at, state in enumerate(states):
        store.results.take([result(state, str(at))], NOW + at)
    decides = states.index("done") if "done" in states else len(states) - 1
    assert kept(store) == result(states[decides], str(decides))
    store.database.close()


def test_results_go_with_their_seat_and_those_of_no_seat_are_left_out(store: Store) -> None:
    store.results.take([result("done"), result("done", seat="seat-99")], NOW)
    assert [one.seat for one in store.results.reached()] == ["seat-07"]
    store.seats.remove("seat-07")
    assert store.results.reached() == []


def test_a_seat_has_its_own_results_alone(store: Store) -> None:
    store.results.take([result("done"), result("done", seat="seat-08", goal="restart")], NOW)
    assert set(store.results.of_seat("seat-07")) == {("D1L1", "pause")}


# Who is stuck


def reached(seat: str, goals: int, ago: float, lab: str = "D1L1") -> Reached:
    return Reached(seat, lab, goals, NOW - ago)


BEGAN = {f"seat-0{n}": NOW - 7200 for n in range(1, 6)}
OTHERS = [reached(f"seat-0{n}", 2, 60) for n in range(2, 6)]
PROGRESS = Progress(NOW, COURSE)


def behind(
    *of_one: Reached, others: list[Reached] = OTHERS, began: float = BEGAN["seat-01"]
) -> list[Stuck]:
    found = stuck(PROGRESS, [*of_one, *others], {**BEGAN, "seat-01": began}, NOW)
    return [one for one in found if one.seat == "seat-01"]


def test_who_reached_nothing_while_most_moved_on_is_stuck_since_the_last_goal() -> None:
    since = PATIENCE_SECONDS + 5
    (found,) = behind(reached("seat-01", 1, since))
    assert found == Stuck(
        "seat-01", "No new goal, while 4 of 4 others reached some.", "", int(NOW - since)
    )


def test_who_has_not_begun_is_stuck_since_they_came() -> None:
    (found,) = behind()
    assert found.since == int(BEGAN["seat-01"])
    assert behind(began=NOW - 60) == []


@pytest.mark.parametrize(
    ("of_one", "others"),
    [
        ([reached("seat-01", 1, PATIENCE_SECONDS - 5)], OTHERS),
        ([reached("seat-01", 2, 3000)], OTHERS),
        ([reached("seat-01", 1, 3000)], [reached(f"seat-0{n}", 2, 4000) for n in range(2, 6)]),
        ([reached("seat-01", 1, 3000)], OTHERS[:2]),
        ([reached("seat-01", 1, 3000)], [reached("seat-09", 2, 60), *OTHERS[:2]]),
        ([reached("seat-01", 1, 3000)], [reached(f"seat-0{n}", 2, 60, "T9") for n in range(2, 6)]),
    ],
    ids=[
        "was there a moment ago",
        "has as much as the others",
        "nobody moved on since",
        "half of the others are no majority",
        "a seat that nobody claimed is nobody",
        "a lab that the course has no more",
    ],
)
def test_nobody_is_stuck_who(of_one: list[Reached], others: list[Reached]) -> None:
    assert behind(*of_one, others=others) == []


def test_while_nobody_looks_nobody_is_left_behind() -> None:
    late = NOW + STALE_SECONDS + 1
    assert stuck(PROGRESS, OTHERS, BEGAN, late - 2)
    assert stuck(PROGRESS, OTHERS, BEGAN, late) == []


def test_nobody_is_left_behind_by_nobody() -> None:
    assert stuck(PROGRESS, [], {"seat-01": 0.0}, NOW) == []


STANDING = Standing("order-1 is stuck.", "mending it.", int(NOW) - 90)


def test_what_stands_still_counts_as_long_as_somebody_looks() -> None:
    progress = Progress(NOW, COURSE, {"seat-07": AtWork("D1L1", [STANDING])})
    (found,) = stuck(progress, [], {}, NOW + STALE_SECONDS)
    assert (found.seat, found.because, found.attempt) == (
        "seat-07",
        "order-1 is stuck.",
        "mending it.",
    )
    assert stuck(progress, [], {}, NOW + STALE_SECONDS + 1) == []


_SEATS = st.dictionaries(
    st.sampled_from([f"seat-0{n}" for n in range(1, 8)]),
    st.tuples(st.floats(0, 9000), st.integers(0, 3), st.floats(0, 9000)),
)


@given(_SEATS)
def test_never_is_most_of_a_room_behind_and_the_newest_come_first(
    seats: Mapping[str, tuple[float, int, float]],
) -> None:
    began = {seat: NOW - ago for seat, (ago, _, _) in seats.items()}
    found = [reached(seat, goals, ago) for seat, (_, goals, ago) in seats.items() if goals]
    all_stuck = stuck(PROGRESS, found, began, NOW)
    assert len({one.seat for one in all_stuck}) == len(all_stuck)
    assert len(all_stuck) <= len(began) / 2
    assert [one.since for one in all_stuck] == sorted((o.since for o in all_stuck), reverse=True)


# What a home shows


def home(*results: Result, now: float = NOW) -> Any:  # noqa: ANN401 - JSON
    progress = Progress(NOW, COURSE, {"seat-07": AtWork("D1L5")})
    return labs_state("seat-07", progress, {(r.lab, r.goal): r for r in results}, now)


def test_a_home_shows_every_goal_of_the_course() -> None:
    shown = home(result("done", "order/1: it did.", evidence=SEEN), result("not_yet", goal="x"))
    assert (shown["current"], shown["stale"]) == ("D1L5", False)
    hello = shown["labs"]["D1L1"]
    assert (hello["state"], hello["words"]) == ("not_yet", "1 of 2")
    assert hello["goals"]["pause"] == {
        "state": "done",
        "words": "done",
        "because": "order/1: it did.",
        "try": "",
        "href": "/temporal/namespaces/default/workflows/order%2F1/r%201/history",
    }
    assert hello["goals"]["restart"]["because"] == "Nobody has looked yet."
    assert set(hello["goals"]) == {"pause", "restart"}


def test_a_lab_is_done_with_its_last_goal() -> None:
    both = home(result("done"), result("done", goal="restart"))["labs"]["D1L1"]
    assert (both["state"], both["words"]) == ("done", "2 of 2")


def test_what_to_try_stands_by_itself() -> None:
    goal = home(result("not_yet", "order-1: no timer. Try: TODO 2, then `lab run D1L1`."))
    pause = goal["labs"]["D1L1"]["goals"]["pause"]
    assert (pause["because"], pause["try"]) == (
        "order-1: no timer.",
        "TODO 2, then `lab run D1L1`.",
    )


def test_a_home_says_that_nobody_looks_any_more() -> None:
    assert home(now=NOW + STALE_SECONDS + 1)["stale"]


# What watch tells

TOLD: dict[str, Any] = {
    "course": [{"id": "D1L1", "title": "Hello", "goals": [{"id": "pause", "title": "It pauses."}]}],
    "seats": {
        "seat-07": {
            "lab": "D1L1",
            "stuck": [
                {
                    "because": "order-1 is stuck.",
                    "try": "mending it.",
                    "since": int(NOW) - 90,
                }
            ],
        }
    },
    "results": [
        {
            "seat": "seat-07",
            "lab": "D1L1",
            "goal": "pause",
            "state": "done",
            "because": "so",
            "evidence": SEEN,
            "at": "2025-07-16T10:30:00+00:00",
        }
    ],
}


def test_what_watch_tells_is_understood() -> None:
    found = told.progress(TOLD, NOW)
    assert found.course == [Lab("D1L1", "Hello", [Goal("pause", "It pauses.")])]
    assert found.seats == {"seat-07": AtWork("D1L1", [STANDING])}
    assert told.results(TOLD) == [result("done", evidence=SEEN)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seat": "seat-7"}, "not a seat's name"),
        ({"state": "perhaps"}, "none of"),
        ({"evidence": {"workflow_id": "x", "run_id": "y", "event_id": True}}, "event_id"),
        ({"because": "x" * 2001}, "longer"),
        ({"goal": None}, "goal"),
    ],
)
def test_what_watch_would_never_tell_is_refused_in_words(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongError, match=words):
        told.results({"results": [{**TOLD["results"][0], **change}]})
