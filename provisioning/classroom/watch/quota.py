"""What the size of a workspace's volume means: warned, full, lifted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from classroom.probe.result import Result, State

GIB = 1 << 30

WARN_AT = 0.8
"""Share of its limit at which a volume is mentioned; at all of it the workspace is stopped."""

WORKSPACE = "workspace"


@dataclass(frozen=True)
class Usage:
    """A workspace's volume: bytes used, bytes allowed, whether that stopped the workspace."""

    used: int
    limit: int
    stopped: bool = False

    @property
    def full(self) -> bool:
        """Whether the workspace may not run on it."""
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
    used: Mapping[str, int], quota: int, lifted: Mapping[str, int], idle: frozenset[str]
) -> dict[str, Usage]:
    """Return each seat's usage.

    Args:
        used: seat -> bytes, of those that could be measured.
        quota: bytes that the class file allows.
        lifted: seat -> bytes that an instructor allowed; a class file that allows more counts.
        idle: seats whose workspace does not run.
    """
    found = {}
    for seat, size in used.items():
        usage = Usage(size, max(quota, lifted.get(seat, 0)))
        found[seat] = replace(usage, stopped=usage.full and seat in idle)
    return found


def lift(usage: Usage) -> int:
    """Return the new limit: doubled, until what is there no longer even earns a warning.

    A fast writer may have gone far past its limit before it was stopped; merely doubled, the
    limit would stop it again at once, with no chance to tidy up.
    """
    limit = usage.limit * 2
    while replace(usage, limit=limit).warned:
        limit *= 2
    return limit


def with_quota(results: Iterable[Result], found: Mapping[str, Usage]) -> list[Result]:
    """Return the results; a workspace's with what its volume has to do with it."""
    return [
        _explained(r, found[r.seat]) if r.component == WORKSPACE and r.seat in found else r
        for r in results
    ]


def _explained(result: Result, usage: Usage) -> Result:
    if usage.stopped and not result.good:
        return replace(
            result,
            state=State.FAILED,
            check="quota",
            seen=f"stopped, for {usage.words}; they are intact",
            fix=f"lift the quota of {result.seat} in the console: it starts with twice the room",
        )
    if usage.warned and result.good:
        return replace(result, seen=f"{result.seen}; {usage.words}")
    return result
