"""Watches over the welcome worker and says who works on this seat.

It runs inside the Jupyter server, so a seat pays for no further process.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import ports

if TYPE_CHECKING:
    from labkit.running import RunDir

FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 30.0
STEADY_AFTER_S = 10.0
LOOK_EVERY_S = 5.0


class State(StrEnum):
    """Who works on this seat."""

    WELCOME = "welcome"
    ATTENDEE = "attendee"
    STOPPED = "stopped"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Report:
    """What `api/worker` answers.

    Attributes:
        state: who works on this seat.
        since: when it began.
        detail: one sentence for a person.
    """

    state: State
    since: datetime
    detail: str


def ended_by_attendee(returncode: int, *, out_of_memory: bool) -> bool:
    """Whether somebody ended the welcome worker, rather than it dying by itself.

    0 is its answer to SIGTERM. The kernel's out-of-memory killer uses SIGKILL too.
    """
    if returncode == -signal.SIGKILL:
        return not out_of_memory
    return returncode in (0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


def backoff_s(crashes: int) -> float:
    """Return the pause in seconds before a restart, after this many crashes in a row."""
    return float(min(FIRST_BACKOFF_S * 2 ** (crashes - 1), LONGEST_BACKOFF_S))


def ending(returncode: int) -> str:
    """Return how a process ended, in words."""
    if returncode < 0:
        return f"ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"


def oom_kills() -> int:
    """Return how often the kernel killed a process of this container to free memory."""
    for counters in (
        Path("/sys/fs/cgroup/memory.events"),  # cgroup v2
        Path("/sys/fs/cgroup/memory/memory.oom_control"),  # cgroup v1
    ):
        with contextlib.suppress(OSError):
            for line in counters.read_text().splitlines():
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
    return 0


class Supervisor:
    """Keeps the welcome worker up until the attendee starts or ends a worker."""

    def __init__(self, run_dir: RunDir) -> None:
        self._run_dir = run_dir
        self._report = Report(State.WELCOME, datetime.now(UTC), "The welcome worker is starting.")
        self._welcome_is_over = False

    def report(self) -> Report:
        """Return who works on this seat now."""
        if self._welcome_is_over or self._run_dir.attendee_seen:
            self._look_for_attendee()
        return self._report

    async def run(self) -> None:
        """Supervise until cancelled."""
        await self._keep_welcome_up()
        self._welcome_is_over = True
        while True:
            self._look_for_attendee()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _keep_welcome_up(self) -> None:
        crashes = 0
        while not self._run_dir.attendee_seen:
            kills, started = oom_kills(), time.monotonic()
            process = await asyncio.create_subprocess_exec(sys.executable, "-m", "labkit.welcome")
            self._run_dir.welcome_started(process.pid)
            if crashes == 0:
                self._say(State.WELCOME, f"The welcome worker runs, pid {process.pid}.")
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), STEADY_AFTER_S)
                if process.returncode is None:
                    self._say(State.WELCOME, f"The welcome worker runs again, pid {process.pid}.")
            code = await process.wait()
            self._run_dir.welcome_ended()
            if ended_by_attendee(code, out_of_memory=oom_kills() > kills):
                return
            crashes = 1 if time.monotonic() - started > STEADY_AFTER_S else crashes + 1
            pause = backoff_s(crashes)
            how = f"{ending(code)}, {crashes} in a row; next start in {pause:g} s"
            self._say(State.CRASHED, f"The welcome worker {how}.")
            await asyncio.sleep(pause)

    def _look_for_attendee(self) -> None:
        first = ports.WORKERS[0]
        workers = self._run_dir.workers()
        listed = ", ".join(f"{w.lab} (pid {w.pid}, metrics on :{w.port})" for w in workers)
        if ports.is_held(first):
            self._say(State.ATTENDEE, f"The attendee's worker: {listed or f'on :{first}'}.")
        elif workers:
            self._say(State.STOPPED, f"No worker on :{first} any more; still up: {listed}.")
        else:
            self._say(State.STOPPED, "The attendee ended the last worker.")

    def _say(self, state: State, detail: str) -> None:
        since = self._report.since if state == self._report.state else datetime.now(UTC)
        self._report = Report(state, since, detail)
