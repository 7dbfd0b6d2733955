"""Who may claim which seat: what the portal is to hold, from what it holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from classroom.operator import Enrolled
from classroom.spec.codes import Code


@dataclass(frozen=True)
class Change:
    """How the portal's list of seats changes.

    Attributes:
        keep: seats that keep their code, each with who they are meant for.
        issue: seats that get a code, each with it: fresh ones, and those whose card exists
            although the portal does not know it (it lost its data, or a run was cut off).
        added: those of them that the portal did not know.
        removed: seats that go, with their codes and sessions.
        renamed: whether a seat that stays is meant for somebody else now.
    """

    keep: Mapping[str, str]
    issue: Mapping[str, Code]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: bool

    @property
    def needed(self) -> bool:
        """Whether the portal has to be told anything."""
        return bool(self.issue or self.removed or self.renamed)

    @property
    def rotated(self) -> tuple[str, ...]:
        """Seats that the portal knew and that get another code."""
        return tuple(seat for seat in self.issue if seat not in self.added)


def change(
    wanted: Mapping[str, str],
    known: Mapping[str, Enrolled],
    cards: Mapping[str, Code],
    *,
    rotate: Collection[str],
    make: Callable[[str], Code],
) -> Change:
    """Compare the seats that there are to be with those that the portal knows.

    Args:
        wanted: seat -> who it is meant for, or an empty string.
        known: what the portal has.
        cards: the codes on the cards that exist.
        rotate: seats that get a new code in any case.
        make: makes a seat's new code.
    """
    added = tuple(seat for seat in wanted if seat not in known)
    issue = {
        seat: make(seat) if seat in rotate or seat not in cards else cards[seat]
        for seat in wanted
        if seat in rotate or seat in added
    }
    keep = {seat: name for seat, name in wanted.items() if seat not in issue}
    return Change(
        keep=keep,
        issue=issue,
        added=added,
        removed=tuple(seat for seat in known if seat not in wanted),
        renamed=any(known[seat].attendee != name for seat, name in keep.items()),
    )


def staying(
    planned: Mapping[str, bool], in_play: Collection[str], known: Collection[str]
) -> tuple[str, ...]:
    """Return the seats that there are to be once this run is over.

    Args:
        planned: every seat of the plan -> whether it is wanted; False for one that is removed.
        in_play: the seats that this run is about. ``SEATS=seat-02`` neither admits nor turns out
            anybody else.
        known: the seats that the portal knows.
    """
    return tuple(s for s, stays in planned.items() if (stays if s in in_play else s in known))
