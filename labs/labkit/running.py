"""Which workers run in this workspace, told by small files in LABKIT_RUN_DIR.

The folder lies in the container's /tmp, so it is empty again whenever the container starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunningWorker:
    """A lab worker of the attendee's.

    Attributes:
        lab: the lab it belongs to, `D1L1`.
        pid: its process.
        born: the process's start in clock ticks since boot, since a pid alone may come back.
        port: where it serves its metrics.
    """

    lab: str
    pid: int
    born: int
    port: int


class RunDir:
    """The folder with what this workspace's processes know about each other."""

    def __init__(self, path: Path) -> None:
        self._workers = path / "workers"
        self._welcome = path / "welcome.pid"
        self._attendee_seen = path / "attendee-seen"

    @classmethod
    def from_environment(cls) -> RunDir:
        """Return the workspace's own, and make it if it is not there yet."""
        run_dir = cls(Path(os.environ["LABKIT_RUN_DIR"]))
        run_dir._workers.mkdir(parents=True, exist_ok=True)
        return run_dir

    def add(self, lab: str, port: int) -> RunningWorker:
        """Record this process as a worker of a lab."""
        pid = os.getpid()
        worker = RunningWorker(lab=lab, pid=pid, born=_born(pid) or 0, port=port)
        self._path(worker).write_text(json.dumps(asdict(worker)))
        return worker

    def remove(self, worker: RunningWorker) -> None:
        """Forget a worker."""
        self._path(worker).unlink(missing_ok=True)

    def workers(self) -> list[RunningWorker]:
        """Return the lab workers that are alive; records that a killed one left are removed."""
        alive = []
        for path in sorted(self._workers.glob("*.json")):
            worker = RunningWorker(**json.loads(path.read_text()))
            if _born(worker.pid) == worker.born:
                alive.append(worker)
            else:
                self.remove(worker)
        return alive

    def kill(self, worker: RunningWorker) -> None:
        """End a worker the hard way: no signal handler, no clean-up, no goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        self.remove(worker)

    def welcome_started(self, pid: int) -> None:
        """Record the welcome worker's process."""
        self._welcome.write_text(str(pid))

    def welcome_ended(self) -> None:
        """Record that there is no welcome worker any more."""
        self._welcome.unlink(missing_ok=True)

    def welcome_pid(self) -> int | None:
        """Return the welcome worker's process, None if it does not run."""
        try:
            return int(self._welcome.read_text())
        except FileNotFoundError:
            return None

    def ask_welcome_to_step_aside(self) -> bool:
        """Make room for a worker of the attendee's, for as long as this container lives.

        Returns:
            Whether the welcome worker was running and has been asked to stop.
        """
        self._attendee_seen.touch()
        pid = self.welcome_pid()
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return False
        return True

    @property
    def attendee_seen(self) -> bool:
        """Whether the attendee has started a worker since this container started."""
        return self._attendee_seen.exists()

    def _path(self, worker: RunningWorker) -> Path:
        return self._workers / f"{worker.pid}.json"


def _born(pid: int) -> int | None:
    """Return a process's start in clock ticks since boot, None if it is gone (proc(5), stat)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else int(rest[18])
