"""Seats in words: ``seat-03..seat-17`` instead of fifteen names; text that is safe to print."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"(.*?)(\d+)")

_RANGE = 3
"""From this many consecutive seats on, a range is shorter than the names."""


def compact(seats: Iterable[str]) -> str:
    """List names, consecutive numbers as a range, each name once, in order of their numbers."""
    runs: list[list[str]] = []
    for name in sorted(set(seats), key=_order):
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(
        f"{run[0]}..{run[-1]}" if len(run) >= _RANGE else ", ".join(run) for run in runs
    )


def _order(name: str) -> tuple[str, int, str]:
    stem, number = _split(name)
    return stem, number, name


def _split(name: str) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(name)
    return (found.group(1), int(found.group(2))) if found else (name, -1)


def _follows(name: str, other: str) -> bool:
    stem, number = _split(name)
    return number >= 0 and _split(other) == (stem, number + 1)


def printable(text: str) -> str:
    """One line without control characters: what a component answered may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
