"""Looks after Ansible's worker processes: how many at a time, and whether all of them came back.

A run waits for results that can't come any more in two cases (ansible-core 2.19, both seen). A
worker process is killed: Ansible notices only until the dead worker's place goes to another host
(``StrategyBase._queue_task``). And Ctrl-C during a fork: the handler ends the workers, but Python
drops an exception that is raised in a hook of ``os.fork``, so the parent goes on.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

AT_ONCE = 8
"""Seats made at the same time. More only queue at the engine on a small machine."""

LOOK_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""A worker ends before its result is handled; once no worker runs, that never takes this long."""
INTERRUPT_SECONDS = 5.0
"""An interrupted run normally ends within one."""


class Workers:
    """Admits ``at_once`` workers at a time, and notices when one is lost.

    Ansible, left to count by itself, looks ten thousand times a second for a place that is free;
    while 70 seats start, that is a tenth of a core.

    ``stuck(hosts)`` is called once, for hosts whose workers are gone; for none after Ctrl-C. That a
    host's own worker has ended says nothing: while others run, results may wait for long.
    """

    def __init__(self, at_once: int, stuck: Callable[[tuple[str, ...]], None]) -> None:
        self._at_once = at_once
        self._stuck = stuck
        self._begun: dict[str, float] = {}
        self._moved = time.monotonic()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="workers", daemon=True).start()

    def begin(self, host: str) -> None:
        """A worker process for ``host`` is about to start; return once there is a place for it."""
        while len(running := _running()) >= self._at_once:
            wait([process.sentinel for process in running])
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
        running = _running()
        with self._lock:
            if running:
                self._moved = now
            return tuple(self._begun) if now - self._moved > GRACE_SECONDS else ()


def _running() -> list[BaseProcess]:
    # Only Ansible's workers know their host.
    return [p for p in multiprocessing.active_children() if hasattr(p, "_host")]
