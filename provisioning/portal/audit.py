"""The audit log: JSON lines in a file and on standard output. Never a secret in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

QUIET_SECONDS = 60.0
_MOST_KEYS = 1000
"""Different refusals remembered at a time: more than a class makes, and no way to fill memory."""


class Audit:
    """Writes what happened, one line each, flushed at once.

    ``audit.log("claimed", seat="seat-07", name="Ada", source="10.0.0.7")``
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._clock = clock
        self._held: dict[tuple[str, ...], tuple[float, int]] = {}

    def log(self, event: str, **facts: object) -> None:
        """Write one event; ``facts`` are what JSON can say."""
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, **facts}, ensure_ascii=False) + "\n"
        for stream in (self._file, sys.stdout):
            stream.write(line)
            stream.flush()

    def refused(self, reason: str, *, seat: str, source: str, **facts: object) -> None:
        """Write a refused request; the same again is counted, and written after a minute."""
        now = self._clock()
        key = (reason, seat, source)
        since, count = self._held.get(key, (0.0, 0))
        if now - since < QUIET_SECONDS:
            self._held[key] = (since, count + 1)
            return
        if len(self._held) >= _MOST_KEYS:
            self._held.clear()
        self._held[key] = (now, 0)
        more = {"times": count + 1} if count else {}
        self.log("refused", reason=reason, seat=seat, source=source, **facts, **more)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
