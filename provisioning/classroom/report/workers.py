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
"""A worker ends before its result is handled; once no worker runs, that never takes this long."""
INTERRUPT_SECONDS = 5.0
"""An interrupted run normally ends within one."""


class Workers:
    """Calls ``stuck(hosts)``, once, for hosts whose workers are gone; for none after Ctrl-C.

    That a host's own worker has ended says nothing: while others run, Ansible handles one result
    for each worker that it starts, so with many hosts a result waits as long as a few seats take.
    """

    def __init__(self, stuck: Callable[[tuple[str, ...]], None]) -> None:
        self._stuck = stuck
        self._begun: dict[str, float] = {}
        self._moved = time.monotonic()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="workers", daemon=True).start()

    def begin(self, host: str) -> None:
        """A worker process for ``host`` is about to start."""
        with self._lock:
            self._begun[host] = self._moved = time.monotonic()

    def end(self, host: str) -> float:
        """The result for ``host`` is here; return how many seconds it took."""
        with self._lock:
            self._moved = time.monotonic()
            return self._moved - self._begun.pop(host, self._moved)

    def _watch(self) -> None:
        uninterrupted = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            # Ansible's handler begins by putting the default back.
            if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
                uninterrupted = now
            if now - uninterrupted > INTERRUPT_SECONDS:
                self._stuck(())
                return
            if uninterrupted == now and (lost := self.lost(now)):
                self._stuck(lost)
                return

    def lost(self, now: float) -> tuple[str, ...]:
        """Return the hosts whose results nobody is left to bring."""
        running = any(hasattr(process, "_host") for process in multiprocessing.active_children())
        with self._lock:
            if running:
                self._moved = now
            return tuple(self._begun) if now - self._moved > GRACE_SECONDS else ()
