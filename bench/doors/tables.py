"""What was measured at the front door, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil

from bench.budgets import MB
from bench.doors.outcome import Arrival, Doors
from bench.tables import Table, how
from classroom.plan import names

DOOR = (names.INGRESS, "portal")
"""The components that everybody comes through."""

SHOWN_ERRORS = 5


def tables(doors: Doors) -> Iterator[Table]:
    """Yield every table, what has to hold first."""
    arrival = doors.arrival
    yield _must(doors)
    yield _steps(doors.seats, arrival)
    yield _memory(doors.seats, arrival)
    yield _processor(arrival)
    if arrival.errors:
        yield _errors(arrival.errors)
    yield how(doors)


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest value that so many percent of all values don't exceed."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def _must(doors: Doors) -> Table:
    first, pairs = doors.first, doors.pairs
    opened = (
        f"claimed after {first.claimed:.1f} s, workspace after {first.workspace:.1f} s;"
        f" provision took {first.provision:.1f} s"
    )
    asked = f"{len(pairs.reached)}, of {pairs.questions} tries between {pairs.asked} pairs"
    lines = (
        ("errors while all came in", "0", str(len(doors.arrival.errors)), not doors.arrival.errors),
        (
            "first seat usable",
            "before provision ends",
            opened,
            first.workspace < first.provision,
        ),
        ("a seat reaches another", "0", asked, not pairs.reached),
    )
    return Table(
        f"{doors.seats} seats: the front door",
        ("what", "expected", "measured", "verdict"),
        tuple((*words, "holds" if holds else "DOES NOT HOLD") for *words, holds in lines),
    )


def _steps(seats: int, arrival: Arrival) -> Table:
    lines = tuple(
        (
            step,
            str(arrival.requests[step]),
            *(f"{percentile(took, percent):.2f} s" for percent in (50, 95, 100)),
        )
        for step, took in arrival.steps.items()
    )
    title = (
        f"{seats} attendees within {arrival.within:.0f} s; the last one had every page after"
        f" {arrival.took:.0f} s"
    )
    return Table(title, ("step", "requests", "p50", "p95", "longest"), lines)


def _memory(seats: int, arrival: Arrival) -> Table:
    """The front door as a whole, and what each seat has besides."""
    lines = []
    for name, memory in arrival.memory.items():
        share = 1 if name in DOOR else seats
        sizes = (memory.before, memory.peak, memory.after)
        whose = name if name in DOOR else f"{name}, a seat"
        lines.append((whose, *(f"{size / share / MB:.0f}" for size in sizes)))
    lines.sort(key=lambda line: line[0] not in DOOR)
    return Table("memory", ("MB", "before", "peak", "afterwards"), tuple(lines))


def _processor(arrival: Arrival) -> Table:
    total = sum(arrival.cpu.values())
    lines = [(name, f"{spent:.1f}") for name, spent in arrival.cpu.items()]
    lines.append(("all of these", f"{total:.1f} ({total / arrival.took:.2f} cores)"))
    return Table("CPU seconds while all came in", ("whose", "CPU s"), tuple(lines))


def _errors(errors: list[str]) -> Table:
    """The kinds of errors that there were: the same one in all seats is one line."""
    kinds = Counter(error.partition(": ")[2] for error in errors)
    lines = tuple((str(count), kind) for kind, count in kinds.most_common(SHOWN_ERRORS))
    return Table("errors", ("how often", "what"), lines)
