"""The plan as data: operations with their cause, per stack, printable and serialisable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from classroom.plan.desired import ConfigFile, Service, Stack


class Verb(StrEnum):
    """What is done to an object. KEEP does nothing and says why."""

    KEEP = "keep"
    CREATE = "create"
    REPLACE = "replace"
    START = "start"
    UNPAUSE = "unpause"
    CONNECT = "connect"
    ARCHIVE = "archive"
    REMOVE = "remove"
    REFUSE = "refuse"


class Kind(StrEnum):
    """What an operation is about. ATTACHMENT is the ingress's leg in a seat's network."""

    NETWORK = "network"
    VOLUME = "volume"
    CONTAINER = "container"
    ATTACHMENT = "ingress"
    WORK = "work"
    CREDENTIAL = "credential"


@dataclass(frozen=True)
class Operation:
    """One thing to do, to the object called ``name``, because of ``cause``."""

    verb: Verb
    kind: Kind
    name: str
    cause: str

    @property
    def line(self) -> str:
        """The operation as one readable line."""
        return f"{self.verb} {self.kind} {self.name}: {self.cause}"


@dataclass(frozen=True)
class StackPlan:
    """Everything that happens to one stack, in the order in which it happens.

    ``stack`` is what it should be, or None when the stack goes away.
    """

    name: str
    classroom: str
    operations: tuple[Operation, ...]
    stack: Stack | None = None

    @property
    def changes(self) -> tuple[Operation, ...]:
        """The operations that do something."""
        return tuple(o for o in self.operations if o.verb is not Verb.KEEP)

    @property
    def kept(self) -> tuple[str, ...]:
        """The components that run and stay as they are."""
        containers = self.of(Verb.KEEP, Kind.CONTAINER)
        services = self.stack.services if self.stack else ()
        return tuple(s.component for s in services if s.container in containers)

    @property
    def refusals(self) -> tuple[Operation, ...]:
        """What stands in the way: foreign objects under our names."""
        return tuple(o for o in self.operations if o.verb is Verb.REFUSE)

    def of(self, verb: Verb, kind: Kind) -> tuple[str, ...]:
        """Return the names of the objects of ``kind`` that ``verb`` applies to, in order."""
        return tuple(o.name for o in self.operations if (o.verb, o.kind) == (verb, kind))

    def to_data(self) -> dict[str, Any]:
        """Return the plan as plain JSON data; `from_data` is the inverse. No secret is in it."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> StackPlan:
        """Rebuild a plan from what `to_data` gave, after a journey through JSON."""
        return cls(
            name=data["name"],
            classroom=data["classroom"],
            operations=tuple(
                Operation(Verb(o["verb"]), Kind(o["kind"]), o["name"], o["cause"])
                for o in data["operations"]
            ),
            stack=_stack(data["stack"]) if data["stack"] else None,
        )


@dataclass(frozen=True)
class Plan:
    """The plans of all stacks of a classroom, the ingress first, then seats by number."""

    classroom: str
    stacks: Mapping[str, StackPlan] = field(default_factory=dict)

    def only(self, names: frozenset[str]) -> Plan:
        """Return the plan of just the named stacks."""
        return replace(self, stacks={k: v for k, v in self.stacks.items() if k in names})

    @property
    def changes(self) -> tuple[Operation, ...]:
        """Everything that would be done, over all stacks."""
        return tuple(o for s in self.stacks.values() for o in s.changes)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of the stacks that go away."""
        return tuple(name for name, plan in self.stacks.items() if plan.stack is None)


def _stack(data: Mapping[str, Any]) -> Stack:
    services = tuple(
        Service(
            component=s["component"],
            container=s["container"],
            image=s["image"],
            hash=s["hash"],
            volumes=tuple(s["volumes"]),
            files=tuple(ConfigFile(**f) for f in s["files"]),
        )
        for s in data["services"]
    )
    return Stack(**{**data, "services": services})
