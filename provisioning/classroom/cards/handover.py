"""Seats that an edited list gives to somebody else than who has them. Pure.

People have their seats by the order of the list. A line that is put in or taken out in the middle
moves everybody below it into the seat of somebody else: with that one's card, files and sessions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classroom.operator import Enrolled


@dataclass(frozen=True)
class Handover:
    """A seat that is to be somebody else's.

    Attributes:
        had: whom the portal expects there, or who claimed it although nobody was.
        gets: whom the list names now.
        claimed: whether somebody is signed in.
    """

    seat: str
    had: str
    gets: str
    claimed: bool

    @property
    def line(self) -> str:
        """Say it in one line."""
        return f"{self.seat}: {self.gets} instead of {self.had}{', who is in' * self.claimed}"


def handovers(wanted: Mapping[str, str], known: Mapping[str, Enrolled]) -> tuple[Handover, ...]:
    """Return the seats that change hands.

    A seat that loses its name changes no hands, nor does one whose new name is that of somebody who
    is in it already.

    Args:
        wanted: seat -> who it is to be for, or an empty string.
        known: what the portal has.
    """
    return tuple(
        Handover(seat, had, gets, claimed=bool(before.claimed))
        for seat, gets in wanted.items()
        if gets and (before := known.get(seat)) is not None
        if (had := before.attendee or ", ".join(before.claimed))
        if gets.casefold() not in {name.casefold() for name in (before.attendee, *before.claimed)}
    )


def handed_over(found: Sequence[Handover]) -> str:
    """Say which seats change hands, what that means, and how nobody has to move."""
    seats = ",".join(handover.seat for handover in found)
    return "\n".join(
        (
            "The list gives these seats to somebody else:",
            *(f"  {handover.line}" for handover in found),
            "A seat keeps its code, its files and its workflows, and who is in stays in, until",
            f"`make cards ROTATE=yes SEATS={seats}` shuts them out.",
            "Nobody moves as long as each name keeps its line in the list: leave the line of",
            "somebody who does not come, and add new people at the end.",
        )
    )
