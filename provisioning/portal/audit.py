"""The audit log: JSON lines in a file and on standard output. Never a secret in it.

What is older than ten megabytes is in ``audit.1.jsonl`` beside it, and what is older than twice as
much is gone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from portal.counted import Counted

MOST_BYTES = 10_000_000
"""Of one file: some 70,000 events, where a course makes a few thousand."""

QUIET_SECONDS = 60.0
_MOST_KEYS = 1000
"""Different refusals remembered at a time: more than a class makes, and no way to fill memory."""


_asking: ContextVar[str] = ContextVar("asking", default="")


def asked_by(source: str) -> None:
    """Say from which address the request comes that is about to be answered."""
    _asking.set(source)


class Audit:
    """Writes what happened, one line each, flushed at once, with the address that asked for it.

    Counts what it writes and refuses.

    ``audit.log("claimed", seat="seat-07", name="Ada")``
    """

    def __init__(self, path: Path, clock: Callable[[], float], counted: Counted) -> None:
        self._path = path
        self._file = path.open("a", encoding="utf-8")
        self._clock = clock
        self._counted = counted
        self._held: dict[tuple[str, ...], tuple[float, int]] = {}

    def log(self, event: str, **facts: object) -> None:
        """Write one event; ``facts`` are what JSON can say."""
        self._counted.event(event)
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        source = {"source": _asking.get()} if _asking.get() else {}
        told = {"at": at, "event": event, **source, **facts}
        line = json.dumps(told, ensure_ascii=False) + "\n"
        if self._file.tell() > MOST_BYTES:
            self._begin_anew()
        for stream in (self._file, sys.stdout):
            stream.write(line)
            stream.flush()

    def refused(self, reason: str, *, seat: str, source: str, **facts: object) -> None:
        """Write a refused request; the same again is counted, and written after a minute."""
        self._counted.refusal(reason)
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

    def _begin_anew(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_suffix(".1.jsonl"))
        self._file = self._path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
