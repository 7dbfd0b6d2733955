"""How often something may happen within a minute. Pure but for what it counts."""

from __future__ import annotations

from collections import deque
from math import ceil

WINDOW_SECONDS = 60.0


class Limit:
    """At most ``most`` events per key within the last minute.

    Times are given from outside: seconds of any clock that only goes forward.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: dict[str, deque[float]] = {}

    def wait(self, key: str, now: float) -> int:
        """Return for how many seconds ``key`` has to wait, 0 for not at all."""
        events = self._recent(key, now)
        if len(events) < self._most:
            return 0
        return max(1, ceil(events[-self._most] + WINDOW_SECONDS - now))

    def count(self, key: str, now: float) -> None:
        """Count an event."""
        for other in [k for k in self._events if not self._recent(k, now)]:
            del self._events[other]
        self._events.setdefault(key, deque()).append(now)

    def _recent(self, key: str, now: float) -> deque[float]:
        events = self._events.get(key, deque())
        while events and events[0] <= now - WINDOW_SECONDS:
            events.popleft()
        return events
