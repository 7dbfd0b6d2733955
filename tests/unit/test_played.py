"""Labs that seats have played: what is said of them, and what to do about what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from classroom.report.played import ALL_OF_IT, Played, line, missing, summary
from labkit.checking.declared import goals_of
from labkit.errors import LabError
from labkit.labs import Lab, all_labs, find_lab
from labkit.playing.plays import play_of

LABS = Path(__file__).resolve().parents[2] / "labs"
SOLVED = [lab for lab in all_labs(LABS) if not lab.example]
NOT_BY_A_SOLUTION = {"D1L5": {"sandbox", "silent", "replay"}}
"""Goals that ask for code that is wrong."""


def said(*played: Played) -> str:
    return "\n".join(summary(played))


@pytest.mark.parametrize("lab", SOLVED, ids=lambda lab: lab.id)
def test_every_lab_says_how_it_is_played_and_proves_all_that_its_solution_can(lab: Lab) -> None:
    goals = {goal.id for goal in goals_of(lab)}
    play = play_of(lab)
    assert play.proves == goals - NOT_BY_A_SOLUTION.get(lab.id, set())
    assert play.goals == len(goals)


def test_a_worked_example_is_not_played() -> None:
    with pytest.raises(LabError, match="T2 is a worked example"):
        play_of(find_lab(LABS, "T2"))


def test_a_line_says_how_long_it_took_and_what_was_seen_or_what_went_wrong() -> None:
    whole = Played("seat-07", "D1L1", seconds=12.3, proves=2, goals=2)
    assert line(whole) == "seat-07  D1L1  ok     12 s, 2 of 2 goals"
    part = Played("seat-07", "D1L5", seconds=31.0, proves=1, goals=4)
    assert line(part) == "seat-07  D1L5  ok     31 s, 1 of 4 goals"
    assert line(Played("seat-07", "D1L1", "no pause")) == "seat-07  D1L1  FAILED: no pause"
    assert line(Played("seat-07", ALL_OF_IT, "away")) == "seat-07  labs  FAILED: away"


def test_a_lab_that_nobody_told_of_has_failed() -> None:
    told = [Played("seat-01", "D1L1"), Played("seat-03", ALL_OF_IT, "it is not running")]
    lost = missing(told, ["seat-01", "seat-02", "seat-03"], ["D1L1", "D1L2"])
    assert [(one.seat, one.lab) for one in lost] == [
        ("seat-01", "D1L2"),
        ("seat-02", "D1L1"),
        ("seat-02", "D1L2"),
    ]
    assert all(one.wrong for one in lost)


def test_when_all_is_well_one_line_says_so() -> None:
    assert said(Played("seat-01", "D1L1"), Played("seat-01", "D1L2")) == (
        "2 of 2 as they should be, in 1 seat"
    )


def test_what_fails_in_every_seat_is_told_once_and_is_not_the_seats_fault() -> None:
    text = said(
        Played("seat-01", "D1L1", "goal pause: no"),
        Played("seat-02", "D1L1", "goal pause: no"),
        Played("seat-01", "D1L2"),
        Played("seat-02", "D1L2", "goal retry: no"),
    )
    assert text.splitlines() == [
        "D1L1 failed in all 2 seats",
        "  -> it is the lab or the images, not the seats: `make provision`, then "
        "`make verify DEEP=yes LABS=D1L1`",
        "seat-02: D1L2 failed",
        "  -> `make verify DEEP=yes SEATS=seat-02 LABS=D1L2` plays it once more; if it fails "
        "again, `make logs SEAT=seat-02` and `make health`",
        "1 of 4 as they should be, in 2 seats",
    ]


@pytest.mark.parametrize(
    ("lab", "wrong", "fix"),
    [
        (ALL_OF_IT, "its workspace is older than this command", "`make provision SEATS=seat-07`"),
        (ALL_OF_IT, "Container 1f is not running", "`make provision SEATS=seat-07`"),
        (ALL_OF_IT, "the labs were not over after 30 minutes", "the machine may be busy"),
        ("D1L3", "`lab run D1L3` did not end in time; it said", "the machine may be busy"),
        ("D1L3", "goal retry: no", "`make verify DEEP=yes SEATS=seat-07 LABS=D1L3` plays it once"),
    ],
)
def test_the_likely_fix_goes_by_what_went_wrong(lab: str, wrong: str, fix: str) -> None:
    assert fix in said(Played("seat-07", lab, wrong), Played("seat-08", "D1L1"))
