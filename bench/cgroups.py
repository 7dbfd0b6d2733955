"""What the containers use, as their cgroups count it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from bench.engine import Engine
from classroom.engine import cgroups
from classroom.plan import names


@dataclass(frozen=True)
class Group(cgroups.Group):
    """A container's cgroup, and whose it is."""

    container: str
    component: str


def groups(engine: Engine, classroom: str) -> tuple[Group, ...]:
    """Return the cgroup of every running container of a classroom."""
    listed = engine.owned("/containers/json", classroom)
    return tuple(_group(engine, c["Id"], c["Labels"][names.LABEL_COMPONENT]) for c in listed)


def cpu_by_component(found: tuple[Group, ...]) -> dict[str, float]:
    """Return processor seconds, summed over all seats."""
    total: defaultdict[str, float] = defaultdict(float)
    for group in found:
        total[group.component] += group.cpu_seconds()
    return dict(total)


def memory_by_component(found: tuple[Group, ...]) -> dict[str, int]:
    """Return bytes, summed over all seats."""
    total: Counter[str] = Counter()
    for group in found:
        total[group.component] += group.memory_bytes()
    return dict(total)


def _group(engine: Engine, container: str, component: str) -> Group:
    found = cgroups.group_of(engine.get(f"/containers/{container}/json")["State"]["Pid"])
    return Group(found.cpu, found.memory, container, component)
