"""Which seats an edited list gives to somebody else."""

from __future__ import annotations

import pytest

from classroom.cards.handover import handed_over, handovers
from classroom.operator import Enrolled

BORIS = Enrolled("Boris", "$h")
BORIS_IS_IN = Enrolled("Boris", "$h", claimed=("boris",))
WALK_IN = Enrolled("", "$h", claimed=("Max", "Moritz"))
MOVED = Enrolled("Ada", "$h", moved=True)


@pytest.mark.parametrize(
    ("before", "gets", "line"),
    [
        (BORIS, "Li", "seat-02: Li instead of Boris"),
        (BORIS_IS_IN, "Li", "seat-02: Li instead of Boris, who is in"),
        (WALK_IN, "Li", "seat-02: Li instead of Max, Moritz, who is in"),
        (MOVED, "Li", "seat-02: Li instead of Ada"),
    ],
)
def test_a_seat_that_somebody_has_is_handed_over(before: Enrolled, gets: str, line: str) -> None:
    (found,) = handovers({"seat-01": "Ada", "seat-02": gets}, {"seat-02": before})
    assert found.line == line


@pytest.mark.parametrize(
    ("before", "gets"),
    [
        (BORIS, "Boris"),
        (BORIS, "BORIS"),
        (BORIS, ""),
        (BORIS_IS_IN, "boris"),
        (WALK_IN, "moritz"),
        (WALK_IN, ""),
        (MOVED, "Ada"),
        (Enrolled("", "$h"), "Li"),
        (None, "Li"),
    ],
)
def test_who_stays_or_comes_into_a_free_seat_takes_it_from_nobody(
    before: Enrolled | None, gets: str
) -> None:
    assert handovers({"seat-02": gets}, {"seat-02": before} if before else {}) == ()


def test_a_line_taken_out_in_the_middle_moves_everybody_below_it() -> None:
    known = {f"seat-0{n}": Enrolled(name) for n, name in enumerate(("Ada", "Boris", "Li"), 1)}
    said = handed_over(handovers({"seat-01": "Ada", "seat-02": "Li"}, known))
    assert said.splitlines()[:2] == [
        "The list gives these seats to somebody else:",
        "  seat-02: Li instead of Boris",
    ]
    assert "`make cards ROTATE=yes SEATS=seat-02`" in said
