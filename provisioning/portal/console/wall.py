"""The wall of seats and labs: who is how far, and who is stuck. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.progress import AtWork, Progress, stuck
from portal.store.results import Reached

Json = Mapping[str, Any]


def of_room(
    progress: Progress, reached: Sequence[Reached], claimed: Mapping[str, float], now: float
) -> Json:
    """Return what the wall shows of all seats together.

    Args:
        progress: what watch told.
        reached: what seats have reached.
        claimed: claimed seat -> since when, in seconds since 1970, UTC.
        now: the time.
    """
    return {
        "course": [
            {"id": lab.id, "title": lab.title, "goals": len(lab.goals)} for lab in progress.course
        ],
        "followed": not progress.stale(now),
        "stuck": [
            {
                "seat": one.seat,
                "because": one.because,
                "try": one.attempt,
                "since": one.since,
            }
            for one in stuck(progress, reached, claimed, now)
        ],
    }


def of_seats(
    seats: Iterable[str], progress: Progress, reached: Sequence[Reached]
) -> Mapping[str, Json]:
    """Return what the wall shows of each seat: its current lab, and goals reached, by lab."""
    goals: dict[str, dict[str, int]] = {seat: {} for seat in seats}
    for one in reached:
        goals[one.seat][one.lab] = one.goals
    return {
        seat: {"lab": progress.seats.get(seat, AtWork("")).lab, "labs": labs}
        for seat, labs in goals.items()
    }
