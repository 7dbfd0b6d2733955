"""Notices when one of Ansible's worker processes is killed.

Ansible notices too, but only until the dead worker's place goes to another host. From then on it
waits for the lost result for ever (ansible-core 2.19, ``StrategyBase._queue_task``).
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""A worker ends just before its result is handled; handling it never takes this long."""


class Workers:
    """Calls ``lost(host)``, once, when a step was begun that no process works on any more."""

    def __init__(self, lost: Callable[[str], None]) -> None:
        self._lost = lost
        self._seen: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="workers", daemon=True).start()

    def begin(self, host: str) -> None:
        """A worker process for ``host`` is about to start."""
        with self._lock:
            self._begun[host] = self._seen[host] = time.monotonic()

    def end(self, host: str) -> float:
        """The result for ``host`` is here; return how many seconds it took."""
        with self._lock:
            now = time.monotonic()
            return now - self._begun.pop(host, now)

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            busy = {_host(process) for process in multiprocessing.active_children()}
            with self._lock:
                self._seen.update(dict.fromkeys(busy, now))
                gone = [host for host in self._begun if now - self._seen[host] > GRACE_SECONDS]
            if gone:
                self._lost(gone[0])
                return


def _host(process: object) -> str:
    # The only place where a worker says whose it is.
    return str(getattr(getattr(process, "_host", None), "name", ""))
