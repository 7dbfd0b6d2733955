"""The budgets, and what a measurement comes to beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.idle import mean
from bench.outcome import Outcome, Sample, ratio, seconds

MB = 1e6
FULL = 70
"""The size of class that most budgets speak of, on two cores and 24 GiB."""

PROVISION_RATIO = 1.10
COMPOSE_RATIO = 1.0
SECOND_RUN = {3: 8.0, FULL: 15.0}
HEALTH_SECONDS = 10.0
TEARDOWN_SECONDS = 60.0
SEAT_MB = 260.0
IDLE_CORES = 0.25 * 2
"""A quarter of the two cores for a full class; a seventieth of it is a seat's share."""


@dataclass(frozen=True)
class Row:
    """A line of the budget table; ``meets`` is None where no budget is set."""

    what: str
    budget: str
    measured: str
    meets: bool | None


BUSY_CORES = 0.2
"""With more than this going on besides, the clock and the machine's figures mean little."""

SHOWN_IN_MINUTES = 120.0
"""Seconds from which on a duration is told in minutes."""


def rows(outcome: Outcome) -> Iterator[Row]:
    """Yield the budget table's lines, as far as they were measured.

    On a busy machine there is no verdict: a budget met by a wrong figure would be a lie.
    """
    measured = (*_made(outcome), *_steps(outcome), *_memory(outcome), *_idle(outcome))
    if outcome.load_before <= BUSY_CORES:
        yield from measured
        return
    busy = f"{outcome.load_before:.2f} cores busy before it began"
    yield Row("NOT A QUIET MACHINE, so no verdicts", "", busy, None)
    yield from (replace(row, meets=None) for row in measured)


def _made(outcome: Outcome) -> Iterator[Row]:
    made = outcome.made
    ours = made.get("provision", [])
    if not ours:
        return
    yield Row(f"provision of {outcome.seats}, until proven", "", _spread(ours), None)
    if floor := made.get("bare API"):
        times = ratio(ours, floor)
        yield _ratio("bare API calls", PROVISION_RATIO, times, floor)
    if compose := made.get("Compose"):
        yield _ratio("Compose alone", COMPOSE_RATIO, ratio(ours, compose), compose)
    if loop := made.get("plain Ansible"):
        measured = f"{ratio(ours, loop):.2f} x of {_spread(loop)}"
        yield Row("  against a plain Ansible loop", "comparison", measured, None)


def _ratio(what: str, most: float, times: float, samples: list[Sample]) -> Row:
    measured = f"{times:.2f} x of {_spread(samples)}"
    return Row(f"  against {what}", f"<= {most:.2f} x", measured, times <= most)


def _steps(outcome: Outcome) -> Iterator[Row]:
    seats, full = outcome.seats, outcome.seats == FULL
    budgets = {
        "second run": SECOND_RUN.get(seats),
        "health": HEALTH_SECONDS if full else None,
        "teardown": TEARDOWN_SECONDS if full else None,
        "bare removal": None,
    }
    words = {
        "second run": f"second run of {seats}, nothing changed",
        "health": f"health of {seats}",
        "teardown": f"teardown of {seats}, no archives",
        "bare removal": "  bare API calls for the same",
    }
    for step, samples in outcome.steps.items():
        most = budgets[step]
        meets = None if most is None else seconds(samples) <= most
        yield Row(words[step], "" if most is None else f"<= {most:g} s", _spread(samples), meets)


def _memory(outcome: Outcome) -> Iterator[Row]:
    for memory in outcome.memory:
        seat = memory.host / outcome.seats / MB
        yield Row(
            f"memory a seat, all in, after {_duration(memory.after)}",
            f"<= {SEAT_MB:g} MB",
            f"{seat:.0f} MB",
            seat <= SEAT_MB,
        )


def _idle(outcome: Outcome) -> Iterator[Row]:
    if not outcome.idle:
        return
    load = mean(outcome.idle)
    cores = max(0.0, load.machine - outcome.load_before)
    share = IDLE_CORES * outcome.seats / FULL
    yield Row(
        f"idle, {outcome.seats} seats, minutes 0 to {len(outcome.idle)}, all in",
        f"<= {_percent(share)} of two cores",
        f"{_percent(cores)} ({cores / outcome.seats * 100:.2f} % of a core a seat)",
        cores <= share,
    )


def _percent(cores: float) -> str:
    return f"{cores / 2 * 100:.1f} %"


def _duration(spent: float) -> str:
    return f"{spent / 60:.0f} min" if spent >= SHOWN_IN_MINUTES else f"{spent:.0f} s"


def _spread(samples: list[Sample]) -> str:
    """The median, and how far apart the runs were."""
    middle = f"{seconds(samples):.1f} s"
    if len(samples) == 1:
        return middle
    times = sorted(s.seconds for s in samples)
    return f"{middle} ({times[0]:.1f} to {times[-1]:.1f})"
