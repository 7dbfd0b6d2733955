"""What the size of a component's volume means: warned, full, lifted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from classroom.probe.result import Result, State
from classroom.watch.depth import Part

GIB = 1 << 30

WARN_AT = 0.8
"""Share of its limit at which a volume is mentioned; at all of it the component is stopped."""

WORKSPACE = "workspace"

_FIRST = {"temporal": "stop its workers in the console, then "}
"""What fills a server is a program, which goes on once it may."""


@dataclass(frozen=True)
class Usage:
    """A component's volume: bytes used, bytes allowed, whether that stopped the component."""

    used: int
    limit: int
    stopped: bool = False

    @property
    def full(self) -> bool:
        """Whether the component may not run on it."""
        return self.used >= self.limit

    @property
    def warned(self) -> bool:
        """Whether its attendee should hear of it."""
        return self.used >= WARN_AT * self.limit

    @property
    def words(self) -> str:
        """The figures, for a person."""
        return f"its files take {self.used / GIB:.2f} of {self.limit / GIB:g} GiB"


def usages(
    used: Mapping[Part, int], quota: int, lifted: Mapping[Part, int], idle: frozenset[Part]
) -> dict[Part, Usage]:
    """Return each component's usage.

    Args:
        used: seat and component -> bytes, of those that could be measured.
        quota: bytes that the class file allows each.
        lifted: bytes that an instructor allowed; a class file that allows more counts.
        idle: components that do not run.
    """
    found = {}
    for part, size in used.items():
        usage = Usage(size, max(quota, lifted.get(part, 0)))
        found[part] = replace(usage, stopped=usage.full and part in idle)
    return found


def of_seat(found: Mapping[Part, Usage], seat: str) -> dict[str, Usage]:
    """Return component -> usage, of one seat."""
    return {component: usage for (owner, component), usage in found.items() if owner == seat}


def lift(usage: Usage) -> int:
    """Return the new limit: doubled, until what is there no longer even earns a warning.

    A fast writer may have gone far past its limit before it was stopped; merely doubled, the
    limit would stop it again at once, with no chance to tidy up.
    """
    limit = usage.limit * 2
    while replace(usage, limit=limit).warned:
        limit *= 2
    return limit


def with_quota(results: Iterable[Result], found: Mapping[Part, Usage]) -> list[Result]:
    """Return the results, each with what the component's volume has to do with it."""
    return [
        _explained(r, found[r.seat, r.component]) if (r.seat, r.component) in found else r
        for r in results
    ]


def _explained(result: Result, usage: Usage) -> Result:
    if usage.stopped and not result.good:
        return replace(
            result,
            state=State.FAILED,
            check="quota",
            seen=f"stopped, for {usage.words}; they are intact",
            fix=_FIRST.get(result.component, "")
            + f"lift the quota of {result.seat} in the console: it starts with twice the room",
        )
    if usage.warned and result.good:
        return replace(result, seen=f"{result.seen}; {usage.words}")
    return result
