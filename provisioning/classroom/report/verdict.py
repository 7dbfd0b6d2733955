"""What a set of results comes to: nothing missing, who is ready, one line, one exit status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from classroom.probe.result import Result, State
from classroom.report.naming import compact

INGRESS = ("ingress", "ingress")
PORTAL = ("ingress", "portal")
FRONT = (INGRESS, PORTAL)
"""Seat and component of the front door's own results: while one is bad, nobody gets to a seat."""

COLLECTOR = ("ingress", "prometheus")
"""The class Prometheus's: seats work without it."""

VIEWER = ("ingress", "grafana")
"""The class Grafana's, the same; a classroom may go without."""

ALWAYS = (*FRONT, COLLECTOR)
"""What every report needs."""

OWN = (*ALWAYS, VIEWER)
"""What is there once in a classroom."""

_NAMED = 8
"""Failing components named in the last line; the lines above it have all of them."""


def complete(results: Iterable[Result], planned: Iterable[tuple[str, str]]) -> tuple[Result, ...]:
    """Return exactly one result for each of ALWAYS and each planned (seat, component).

    What was planned and has no result is UNKNOWN. Of two results for the same component the
    worse one counts; results for what was not planned are left out.
    """
    best: dict[tuple[str, str], Result] = {}
    for result in results:
        key = (result.seat, result.component)
        if key not in best or best[key].good:
            best[key] = result
    wanted = dict.fromkeys([*ALWAYS, *planned])
    return tuple(best.get(key) or _missing(*key) for key in wanted)


def _missing(seat: str, component: str) -> Result:
    seen = "no result: nobody looked at it"
    return Result(seat, component, State.UNKNOWN, "report", seen, "make health")


def by_seat(results: Iterable[Result]) -> dict[str, dict[str, Result]]:
    """Arrange results as seat -> component -> result, without OWN, in their order."""
    seats: dict[str, dict[str, Result]] = {}
    for result in results:
        if (result.seat, result.component) not in OWN:
            seats.setdefault(result.seat, {})[result.component] = result
    return seats


def ready(components: Mapping[str, Result]) -> bool:
    """Whether a seat with these results is in order by itself."""
    return bool(components) and all(result.good for result in components.values())


def unready(results: Iterable[Result], planned: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return seat -> what is wrong with it, for each planned seat that is not ready."""
    return {
        seat: "; ".join(f"{r.component} {r.state}: {r.seen}" for r in parts.values() if not r.good)
        for seat, parts in by_seat(complete(results, planned)).items()
        if not ready(parts)
    }


def ready_seats(results: Sequence[Result]) -> list[str]:
    """Name the seats that are ready for their attendees: none behind a front door that is not."""
    if any(not r.good for r in results if (r.seat, r.component) in FRONT):
        return []
    seats = by_seat(results)
    return [seat for seat, parts in seats.items() if ready(parts)]


def exit_status(results: Sequence[Result]) -> int:
    """Return 0 if every result is good, else 1. No seat proven at all is no success either."""
    return 0 if by_seat(results) and all(result.good for result in results) else 1


def summary(results: Sequence[Result], *, without_grafana: str = "") -> str:
    """Say in one line what the results come to.

    Args:
        results: all of them, see :func:`complete`.
        without_grafana: why the classroom has no Grafana; empty if it has, or wants, none.
    """
    seats = by_seat(results)
    if not seats:
        return "no seat was proven: there is no result at all"
    count = len(ready_seats(results))
    bad = [result for result in results if not result.good]
    noun = "seat" if len(seats) == 1 else "seats"
    line = f"{count} of {len(seats)} {noun} ready" if bad else f"{count} {noun} ready"
    if without_grafana:
        line += f", WITHOUT Grafana: {without_grafana}"
    stopped = [result.seat for result in results if result.state is State.STOPPED]
    if stopped:
        line += f"; worker stopped by attendee: {compact(stopped)}"
    return f"{line}; failing: {_failing(bad)}" if bad else line


def _failing(bad: Sequence[Result]) -> str:
    """Name what fails; of a seat of which only something is unknown, name that."""
    failed = {result.seat for result in bad if result.state is State.FAILED}
    shut = [r for r in bad if r.state is State.FAILED and (r.seat, r.component) in FRONT]
    if shut:
        return shut[0].component
    names = [
        r.seat if r.seat == r.component else f"{r.seat} {r.component}"
        for r in bad
        if r.state is State.FAILED or r.seat not in failed
    ]
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
