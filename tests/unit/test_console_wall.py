"""The console's wall: what it shows of seats and labs, and that quiet seats are no news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.console.difference import difference
from portal.console.grid import Grid, Known, grid
from portal.observed import Observation
from portal.progress import PATIENCE_SECONDS, STALE_SECONDS, AtWork, Goal, Lab, Progress, Standing
from portal.store.results import Reached
from portal.store.seats import Seat
from portal.store.sessions import Kind, Session

NOW = 1_752_649_500.0
COURSE = (Lab("D1L1", "Hello", (Goal("pause", "It pauses."), Goal("restart", "It goes on."))),)
STANDING = Standing("order-1 is stuck.", "mending it.", int(NOW) - 90)
AT = {"seat-07": AtWork("D1L1", [STANDING]), "seat-08": AtWork("D1L1")}
SEATS = [Seat(f"seat-0{n}", "", "hash", 1, None) for n in (7, 8, 9)]


def seen(
    *reached: Reached, progress: Progress | None = None, claims: Sequence[Session] = ()
) -> Grid:
    told = progress or Progress(NOW, COURSE, AT)
    return grid(Known("july", "", SEATS, claims, (), {}, Observation(), told, reached), NOW)


def room(of: Grid) -> Any:  # noqa: ANN401 - JSON
    return of.room


def claim(number: int, ago: float = 7200) -> Session:
    return Session(f"seat-0{number}", Kind.ATTENDEE, "Ada", NOW - ago)


def test_the_wall_has_a_column_a_lab_and_each_seat_its_goals() -> None:
    shown = seen(Reached("seat-07", "D1L1", 2, NOW), Reached("seat-08", "D1L1", 1, NOW))
    assert room(shown)["course"] == [{"id": "D1L1", "title": "Hello", "goals": 2}]
    rows = {name: (seat["lab"], seat["labs"]) for name, seat in shown.seats.items()}
    assert rows == {
        "seat-07": ("D1L1", {"D1L1": 2}),
        "seat-08": ("D1L1", {"D1L1": 1}),
        "seat-09": ("", {}),
    }


def test_who_stands_still_is_named_with_why_and_since_when() -> None:
    assert room(seen())["stuck"] == [
        {
            "seat": "seat-07",
            "because": "order-1 is stuck.",
            "try": "mending it.",
            "since": int(NOW) - 90,
        }
    ]


def test_who_is_left_behind_is_counted_from_their_claim_and_spare_seats_are_nobody() -> None:
    others = [Reached(f"seat-0{n}", "D1L1", 1, NOW - 60) for n in (7, 8)]
    quiet = Progress(NOW, COURSE)
    assert room(seen(*others, progress=quiet, claims=[claim(7), claim(8)]))["stuck"] == []
    all_in = [claim(7), claim(8), claim(9, PATIENCE_SECONDS)]
    (behind,) = room(seen(*others, progress=quiet, claims=all_in))["stuck"]
    assert (behind["seat"], behind["since"]) == ("seat-09", int(NOW - PATIENCE_SECONDS))


def test_a_helper_has_claimed_nothing() -> None:
    others = [Reached(f"seat-0{n}", "D1L1", 1, NOW - 60) for n in (7, 8)]
    helper = Session("seat-09", Kind.HELPER, "Instructor", NOW - 7200)
    told = Progress(NOW, COURSE)
    assert room(seen(*others, progress=told, claims=[claim(7), claim(8), helper]))["stuck"] == []


def test_the_wall_says_when_nobody_follows() -> None:
    old = Progress(NOW - STALE_SECONDS - 1, COURSE, AT)
    shown = room(seen(progress=old))
    assert (shown["followed"], shown["stuck"]) == (False, [])
    assert room(seen())["followed"]


def test_a_goal_that_is_reached_is_news_of_its_seat_alone() -> None:
    before = seen(Reached("seat-07", "D1L1", 1, NOW))
    again = replace(Progress(NOW, COURSE, AT), at=NOW - 15)
    assert difference(before, seen(Reached("seat-07", "D1L1", 1, NOW), progress=again)) is None
    after = seen(Reached("seat-07", "D1L1", 2, NOW))
    assert difference(before, after) == {
        "room": {},
        "seats": {"seat-07": {"labs": {"D1L1": 2}}},
    }
