"""Failures by cause: what is wrong on many seats in the same way is said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from classroom.probe.result import Result, State
from classroom.report.naming import compact, printable

_SEAT = "{seat}"


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong, and where: ``places`` reads ``seat-03..seat-17 temporal``."""

    state: State
    places: str
    seen: str
    fix: str


def causes(results: Iterable[Result]) -> tuple[Cause, ...]:
    """Group what is not good by what was seen and what to do, in order of finding.

    Also what is good, an attendee's stopped worker, as long as there is something to do about it.
    """
    found: dict[tuple[State, str, str], dict[str, list[str]]] = {}
    for result in results:
        if not result.good or result.fix:
            # A seat's own name in the words must not keep equal causes apart.
            seen = _said(result).replace(result.seat, _SEAT)
            fix = printable(result.fix).replace(result.seat, _SEAT)
            seats = found.setdefault((result.state, seen, fix), {})
            seats.setdefault(result.component, []).append(result.seat)
    return tuple(_cause(*key, components) for key, components in found.items())


def _said(result: Result) -> str:
    return printable(f"{result.check}: {result.seen}" if result.check else result.seen)


def _cause(state: State, seen: str, fix: str, components: dict[str, list[str]]) -> Cause:
    together: dict[tuple[str, ...], list[str]] = {}
    for component, seats in components.items():
        together.setdefault(tuple(seats), []).append(component)
    places = "; ".join(_place(seats, names) for seats, names in together.items())
    everywhere = list(dict.fromkeys(seat for seats in together for seat in seats))
    return Cause(state, places, _for(everywhere, seen), _for(everywhere, fix))


def _place(seats: tuple[str, ...], components: list[str]) -> str:
    where = compact(seats)
    what = ", ".join(components)
    return where if where == what else f"{where} {what}"


def _for(seats: list[str], words: str) -> str:
    """Put the seats back: a command for many takes them all, one for a single seat the first."""
    many = words.replace(f"SEATS={_SEAT}", f"SEATS={','.join(seats)}")
    one = many.replace(f"SEAT={_SEAT}", f"SEAT={seats[0]}")
    return one.replace(_SEAT, seats[0] if len(seats) == 1 else "each seat")
