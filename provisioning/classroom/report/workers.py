"""Notices when a run of Ansible waits for results that can't come any more.

Two ways lead there (ansible-core 2.19, both seen). A worker process is killed: Ansible notices only
until the dead worker's place goes to another host (``StrategyBase._queue_task``). And Ctrl-C during
a fork: the handler ends the workers, but Python drops an exception that is raised in a hook of
``os.fork``, so the parent goes on.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""A worker ends just before its result is handled; handling it never takes this long."""
INTERRUPT_SECONDS = 5.0
"""An interrupted run normally ends within one."""


class Workers:
    """Calls ``stuck(host)``, once, for a host whose worker is gone, or ``""`` after Ctrl-C."""

    def __init__(self, stuck: Callable[[str], None]) -> None:
        self._stuck = stuck
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
        uninterrupted = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            # Ansible's handler begins by putting the default back.
            if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
                uninterrupted = now
            if now - uninterrupted > INTERRUPT_SECONDS:
                self._stuck("")
                return
            if uninterrupted == now and (lost := self._lost(now)):
                self._stuck(lost)
                return

    def _lost(self, now: float) -> str:
        busy = {_host(process) for process in multiprocessing.active_children()}
        with self._lock:
            self._seen.update(dict.fromkeys(busy, now))
            gone = (host for host in self._begun if now - self._seen[host] > GRACE_SECONDS)
            return next(gone, "")


def _host(process: object) -> str:
    # The only place where a worker says whose it is.
    return str(getattr(getattr(process, "_host", None), "name", ""))
