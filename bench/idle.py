"""An idle classroom, watched minute by minute: whose processor time it is, and how it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import cgroups, host
from bench.cgroups import Group
from classroom.engine import proc

MINUTE = 60.0


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far: of the machine, and of what makes it work."""

    at: float
    machine: proc.Processor
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Minute:
    """Mean load in one minute, as a share of ONE core (1.0 is a whole core).

    Attributes:
        machine: everything on the machine.
        stolen: what other guests of the hypervisor took.
        parts: components, summed over all seats, and the engine's processes.
    """

    machine: float
    stolen: float
    parts: dict[str, float]


def watch(found: tuple[Group, ...], minutes: int, say: Callable[[str], None]) -> list[Minute]:
    """Return a record for each of the next minutes."""
    kept, last = [], read(found)
    for number in range(1, minutes + 1):
        time.sleep(max(0.0, last.at + MINUTE - time.monotonic()))
        now = read(found)
        kept.append(between(last, now))
        say(f"idle minute {number}: {kept[-1].machine:.3f} cores busy")
        last = now
    return kept


def read(found: tuple[Group, ...]) -> Reading:
    """Read all counters once."""
    parts = cgroups.cpu_by_component(found) | host.engine_cpu({g.container for g in found})
    return Reading(time.monotonic(), proc.processor(), parts)


def between(first: Reading, last: Reading) -> Minute:
    """Return the mean load between two readings."""
    seconds = last.at - first.at
    return Minute(
        machine=(last.machine.busy - first.machine.busy) / seconds,
        stolen=(last.machine.stolen - first.machine.stolen) / seconds,
        parts={
            name: (last.parts[name] - first.parts.get(name, 0)) / seconds for name in last.parts
        },
    )


def mean(minutes: list[Minute]) -> Minute:
    """Return the mean of all minutes."""
    count = len(minutes)
    return Minute(
        machine=sum(m.machine for m in minutes) / count,
        stolen=sum(m.stolen for m in minutes) / count,
        parts={name: sum(m.parts[name] for m in minutes) / count for name in minutes[0].parts},
    )
