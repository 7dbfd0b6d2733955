"""How often something may happen within a minute. Pure but for what it counts."""

from __future__ import annotations

from math import ceil

WINDOW_SECONDS = 60.0


class Limit:
    """At most ``most`` events per key within the last minute.

    Times are given from outside: seconds of any clock that only goes forward.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._events: dict[str, list[float]] = {}

    def wait(self, key: str, now: float) -> int:
        """Return for how many seconds ``key`` has to wait, 0 for not at all."""
        events = self._recent(key, now)
        if len(events) < self._most:
            return 0
        return max(1, ceil(events[-self._most] + WINDOW_SECONDS - now))

    def count(self, key: str, now: float) -> None:
        """Count an event."""
        self._events = {k: recent for k in self._events if (recent := self._recent(k, now))}
        self._events.setdefault(key, []).append(now)

    def _recent(self, key: str, now: float) -> list[float]:
        return [at for at in self._events.get(key, ()) if at > now - WINDOW_SECONDS]
