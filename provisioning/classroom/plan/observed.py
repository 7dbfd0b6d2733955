"""What exists, as plain data. The engine fills these types; nothing here talks to Docker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from classroom.plan import names


@dataclass(frozen=True)
class Container:
    """A container on the engine, ours or not.

    ``state`` is Docker's word (running, exited, paused, created, restarting, removing, dead);
    ``status`` its sentence ("Exited (137) 2 minutes ago"); ``networks`` are names.
    """

    id: str
    name: str
    image: str
    state: str
    status: str
    labels: Mapping[str, str]
    networks: frozenset[str]


@dataclass(frozen=True)
class Network:
    """A network on the engine; ``subnet`` is empty where it has none."""

    id: str
    name: str
    subnet: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Volume:
    """A named volume on the engine."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Observed:
    """One look at the engine and at the secrets kept beside it, objects by name.

    ``secrets`` holds ``(stack, secret)`` pairs that exist on this machine.
    """

    containers: Mapping[str, Container] = field(default_factory=dict)
    networks: Mapping[str, Network] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    secrets: frozenset[tuple[str, str]] = frozenset()

    def stacks(self, classroom: str) -> tuple[str, ...]:
        """Return the names of all stacks of ``classroom`` of which anything exists, sorted."""
        everything: tuple[Container | Network | Volume, ...] = (
            *self.containers.values(),
            *self.networks.values(),
            *self.volumes.values(),
        )
        found = {
            item.labels.get(names.LABEL_SEAT, "")
            for item in everything
            if item.labels.get(names.LABEL_CLASSROOM) == classroom
        }
        return tuple(sorted(found - {""}, key=lambda s: (names.seat_number(s) or 0, s)))

    def containers_of(self, classroom: str, stack: str) -> tuple[Container, ...]:
        """Return the stack's own containers, by label."""
        return tuple(c for c in self.containers.values() if owned(c, classroom, stack))


def owned(item: Container | Network | Volume, classroom: str, stack: str) -> bool:
    """Whether the labels say that ``item`` belongs to this stack of this classroom."""
    wanted = names.identity(classroom, stack)
    return all(item.labels.get(key) == value for key, value in wanted.items())
