"""What came of the labs that seats have played, and what to do about what did not go well. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

ALL_OF_IT = ""
"""In the place of a lab: the seat could not play, or not to the end."""


@dataclass(frozen=True)
class Played:
    """A lab that a seat has played.

    Attributes:
        seat: which.
        lab: its id.
        wrong: what went wrong; empty if nothing did.
        seconds: how long it took.
        proves: how many of its goals were looked for: those that ask for wrong code are not.
        goals: how many it has.
    """

    seat: str
    lab: str
    wrong: str = ""
    seconds: float = 0.0
    proves: int = 0
    goals: int = 0


def missing(played: Sequence[Played], seats: Collection[str], labs: Sequence[str]) -> list[Played]:
    """Return a failure for each lab that nobody has told of: none is taken for good.

    Of a seat that could not play it is said already.
    """
    told = {(one.seat, one.lab) for one in played}
    return [
        Played(seat, lab, "it was not played")
        for seat in seats
        for lab in labs
        if (seat, lab) not in told and (seat, ALL_OF_IT) not in told
    ]


def line(one: Played) -> str:
    """Return what is said of a lab as soon as it has been played."""
    what = f"{one.seat}  {one.lab or 'labs':<5}"
    if not one.wrong:
        of = f", {one.proves} of {one.goals} goals" if one.goals else ""
        return f"{what} ok {one.seconds:6.0f} s{of}"
    return f"{what} FAILED: {one.wrong}"


def summary(played: Sequence[Played]) -> Iterator[str]:
    """Yield the lines of the end: what failed, each with the likely fix, and the count."""
    wrong = [one for one in played if one.wrong]
    seats = {one.seat for one in played}
    everywhere = {
        lab
        for lab in {one.lab for one in wrong}
        if len(seats) > 1 and {one.seat for one in wrong if one.lab == lab} == seats
    }
    for lab in sorted(everywhere):
        yield f"{lab or 'labs'} failed in all {len(seats)} seats\n  -> {_fix_of_all(lab)}"
    for seat, own in _by_seat(wrong, everywhere).items():
        labs = ", ".join(one.lab or "labs" for one in own)
        yield f"{seat}: {labs} failed\n  -> {_fix(seat, own)}"
    good = sum(bool(one.lab) for one in played) - sum(bool(one.lab) for one in wrong)
    many = "1 seat" if len(seats) == 1 else f"{len(seats)} seats"
    yield f"{good} of {good + len(wrong)} as they should be, in {many}"


def _by_seat(wrong: Sequence[Played], but: Collection[str]) -> Mapping[str, list[Played]]:
    found: dict[str, list[Played]] = {}
    for one in wrong:
        if one.lab not in but:
            found.setdefault(one.seat, []).append(one)
    return found


def _fix_of_all(lab: str) -> str:
    if not lab:
        return "`make health` says what is wrong; `make provision` brings it to this checkout"
    return (
        f"it is the lab or the images, not the seats: `make provision`, then "
        f"`make verify DEEP=yes LABS={lab}`"
    )


def _fix(seat: str, wrong: Sequence[Played]) -> str:
    words = " ".join(one.wrong for one in wrong)
    if any(
        sign in words for sign in ("older than this command", "is not running", "No such container")
    ):
        return f"`make provision SEATS={seat}`"
    labs = ",".join(one.lab for one in wrong if one.lab)
    again = f"`make verify DEEP=yes SEATS={seat}" + (f" LABS={labs}`" if labs else "`")
    if "in time" in words or "minutes" in words:
        return f"the machine may be busy with something else (`top`): {again} once it is not"
    return (
        f"{again} plays it once more; if it fails again, `make logs SEAT={seat}` and `make health`"
    )
