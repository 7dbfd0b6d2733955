"""What was measured, as data that goes to a file and comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from bench.idle import Minute


@dataclass(frozen=True)
class Sample:
    """One measured run.

    Attributes:
        seconds: on the clock.
        busy: processor seconds of the whole machine meanwhile, all cores together.
        own: of these, what the commands of whoever made it used, engine and seats not counted.
        stolen: processor seconds that other guests of the hypervisor took meanwhile.
    """

    seconds: float
    busy: float
    own: float
    stolen: float


@dataclass(frozen=True)
class Memory:
    """Bytes in use by the whole classroom, ``after`` how many seconds of rest.

    Attributes:
        host: by how much ``MemAvailable`` has fallen since before the classroom was there.
        components: anonymous and shared memory of the containers, by component.
        shims: of the engine's helper processes, one a container.
    """

    after: float
    host: int
    components: dict[str, int]
    shims: int


@dataclass(frozen=True)
class Growth:
    """A classroom of another size: provisioned from nothing, and at rest."""

    seats: int
    provision: Sample
    memory: Memory


@dataclass
class Occasion:
    """When, where and of what something was measured.

    Attributes:
        at: when it began, UTC.
        command: how to measure it again.
        machine: the machine, in one line.
        versions: program -> version.
        seats: N.
        at_once: seats made at the same time.
        load_before: cores busy in the minute before anything began.
    """

    at: str
    command: str
    machine: str
    versions: dict[str, str]
    seats: int
    at_once: int
    load_before: float


@dataclass
class Outcome(Occasion):
    """Everything one benchmark of the budgets found out.

    Attributes:
        made: way of making -> its runs, until every seat was proven.
        steps: second run, health, teardown, bare removal -> their runs.
        memory: when the seats were just proven, and when the idle minutes were over.
        idle: minute by minute, after a workflow ran in every seat and its worker was killed.
        growth: other sizes.
    """

    made: dict[str, list[Sample]] = field(default_factory=dict)
    steps: dict[str, list[Sample]] = field(default_factory=dict)
    memory: list[Memory] = field(default_factory=list)
    idle: list[Minute] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)


def seconds(samples: list[Sample]) -> float:
    """Return the median of some runs' seconds."""
    return median(s.seconds for s in samples)


def ratio(measured: list[Sample], floor: list[Sample]) -> float:
    """Return the median of the ratios of runs that followed each other.

    Pairs, since the speed of a shared machine drifts: it drifts less within a pair.
    """
    return median(m.seconds / f.seconds for m, f in zip(measured, floor, strict=False))
