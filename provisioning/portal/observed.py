"""What watch saw last: health of each component, and quotas. In memory, since it comes anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STALE_SECONDS = 60.0
"""Watch looks every 15 s; what is older than this says nothing about now."""


TIGHT_PERCENT = 80

STATES = ("ok", "stopped by attendee", "failed", "unknown")
"""The words of ``classroom.probe.result.State``; importing it would bring all probes along."""


@dataclass(frozen=True)
class Health:
    """One component as the shared probes found it; fields as in ``classroom.probe.result``."""

    state: str
    check: str
    seen: str
    fix: str
    version: str


@dataclass(frozen=True)
class Quota:
    """What a component's volume holds and may hold, in bytes; stopped once it was full."""

    used: int
    limit: int
    stopped: bool

    @property
    def percent(self) -> int:
        """How much of it is used, in whole percent; more than 100 is possible."""
        return self.used * 100 // self.limit

    @property
    def tight(self) -> bool:
        """Whether it is worth a word."""
        return self.percent >= TIGHT_PERCENT


@dataclass(frozen=True)
class Observation:
    """One pass of watch over all seats.

    ``at`` is when it came in, seconds since 1970, by the portal's clock. ``prometheus`` and
    ``grafana`` are the class's own; those of seats are in ``seats``. ``quota`` is of each seat's
    components.
    """

    at: float = 0.0
    ingress: Health | None = None
    seats: Mapping[str, Mapping[str, Health]] = field(default_factory=dict)
    quota: Mapping[str, Mapping[str, Quota]] = field(default_factory=dict)
    portal: Health | None = None
    prometheus: Health | None = None
    grafana: Health | None = None

    def lacks(self, seat: str, component: str, now: float) -> bool:
        """Whether the seat was looked at lately and goes without that component."""
        return component not in self.seats.get(seat, {component}) and not self.stale(now)

    def full(self, seat: str, component: str, now: float) -> Quota | None:
        """Return the quota that a seat's component is stopped for, if it was so lately."""
        quota = self.quota.get(seat, {}).get(component)
        return quota if quota and quota.stopped and not self.stale(now) else None

    def fullest(self, seat: str) -> tuple[str, Quota] | None:
        """Return which of a seat's components presses most, stopped ones first, and its quota."""
        found = self.quota.get(seat, {}).items()
        return max(found, key=lambda item: (item[1].stopped, item[1].percent), default=None)

    def stale(self, now: float) -> bool:
        """Whether it is too old to say anything."""
        return now - self.at > STALE_SECONDS
