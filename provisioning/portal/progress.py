"""How far the seats are: what watch told last, and who is stuck. Pure.

What was reached is in the store, for once done stays done; the rest comes anew with every round
of watch and is in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.store.results import Reached

PATIENCE_SECONDS = 600.0
"""Without a goal for so long, a seat is compared with the others."""

STALE_SECONDS = 90.0
"""Watch looks every 15 s; what is older says nothing about now."""


@dataclass(frozen=True)
class Goal:
    """Something that a lab wants to see happen."""

    id: str
    title: str


@dataclass(frozen=True)
class Lab:
    """A lab with goals; worked examples have none and are left out."""

    id: str
    title: str
    goals: Sequence[Goal]


@dataclass(frozen=True)
class Standing:
    """A workflow of a seat's that stands still.

    Attributes:
        because: which it is and what is wrong with it, a sentence.
        attempt: what to try.
        since: since when it has been so, in seconds since 1970, UTC.
    """

    because: str
    attempt: str
    since: int


@dataclass(frozen=True)
class AtWork:
    """What a seat is at: the id of its current lab, and what stands still there."""

    lab: str
    standing: Sequence[Standing] = ()


@dataclass(frozen=True)
class Progress:
    """What watch told last; ``at`` is when, seconds since 1970, by the portal's clock."""

    at: float = 0.0
    course: Sequence[Lab] = ()
    seats: Mapping[str, AtWork] = field(default_factory=dict)

    def stale(self, now: float) -> bool:
        """Whether it is too old to say anything."""
        return now - self.at > STALE_SECONDS


@dataclass(frozen=True)
class Stuck:
    """A seat that needs somebody, and why.

    Attributes:
        seat: which.
        because: why, a sentence.
        attempt: what to try; empty if there is no telling.
        since: since when, in seconds since 1970, UTC.
    """

    seat: str
    because: str
    attempt: str
    since: int


def stuck(
    progress: Progress, reached: Sequence[Reached], began: Mapping[str, float], now: float
) -> list[Stuck]:
    """Return who is stuck and why, newest first; nobody while there is no telling.

    Args:
        progress: what watch told.
        reached: what seats have reached, of each lab.
        began: claimed seat -> when the first attendee came; others are nobody's.
        now: the time.
    """
    if progress.stale(now):
        return []
    found = [
        Stuck(seat, one.because, one.attempt, one.since)
        for seat, at in progress.seats.items()
        for one in at.standing
    ]
    found += _left_behind(progress.course, reached, began, now)
    return sorted(found, key=lambda one: (-one.since, one.seat, one.because))


def _left_behind(
    course: Sequence[Lab], reached: Sequence[Reached], began: Mapping[str, float], now: float
) -> list[Stuck]:
    """Return the seats that have reached nothing for a while, in which most others moved on.

    Others have moved on who reached a goal since then, and have more of them than this seat.
    """
    labs = {lab.id for lab in course}
    goals = dict.fromkeys(began, 0)
    last = dict(began)
    for one in reached:
        if one.seat in began and one.lab in labs:
            goals[one.seat] += one.goals
            last[one.seat] = max(last[one.seat], one.last)
    found = []
    for seat, since in last.items():
        if now - since < PATIENCE_SECONDS:
            continue
        ahead = sum(last[other] > since and goals[other] > goals[seat] for other in began)
        if ahead * 2 > len(began) - 1:
            because = f"No new goal, while {ahead} of {len(began) - 1} others reached some."
            found.append(Stuck(seat, because, "", int(since)))
    return found
