"""Which workers run in this workspace, told by small files in LABKIT_RUN_DIR.

The folder lies in the container's /tmp, so it is empty again whenever the container starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit.own_code import loaded_sources, own_folder


@dataclass(frozen=True)
class RunningWorker:
    """A lab worker of the attendee's.

    Attributes:
        lab: the lab it belongs to, `D1L1`.
        pid: its process.
        born: the process's start in clock ticks since boot, since a pid alone may come back.
        port: where it serves its metrics.
        identity: as the server knows it.
        queue: the task queue that it polls; empty until it does.
        workflows: whether it runs workflows.
        activities: whether it runs activities.
        command: what starts one like it.
        folder: the name of the folder that its code is in.
        sources: the digests of that code as it was when the worker began, by file.
    """

    lab: str
    pid: int
    born: int
    port: int
    identity: str = ""
    queue: str = ""
    workflows: bool = True
    activities: bool = True
    command: str = ""
    folder: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Crash:
    """A worker that ended before it polled.

    Attributes:
        folder: the name of the folder that its code is in.
        at: when, in seconds since 1970.
        place: the line of the attendee's that it happened at, as far as there is one.
        error: what it was.
    """

    folder: str
    at: float
    place: str
    error: str


class RunDir:
    """The folder with what this workspace's processes know about each other."""

    def __init__(self, path: Path) -> None:
        self._workers = path / "workers"
        self._crashes = path / "crashes"
        self._welcome = path / "welcome.pid"
        self._attendee_seen = path / "attendee-seen"

    @classmethod
    def from_environment(cls) -> RunDir:
        """Return the workspace's own, and make it if it is not there yet."""
        run_dir = cls(Path(os.environ["LABKIT_RUN_DIR"]))
        run_dir._workers.mkdir(parents=True, exist_ok=True)
        run_dir._crashes.mkdir(exist_ok=True)
        return run_dir

    def add(self, lab: str, port: int, identity: str) -> RunningWorker:
        """Record this process as a worker of a lab."""
        pid = os.getpid()
        worker = RunningWorker(
            lab=lab,
            pid=pid,
            born=_born(pid) or 0,
            port=port,
            identity=identity,
            command=" ".join(["lab worker", lab, *sys.argv[1:]]),
            folder=own_folder().name,
            sources=loaded_sources(),
        )
        self._write(self._path(worker), worker)
        return worker

    def polls(self, worker: RunningWorker) -> None:
        """Record that a worker has come up, and what for."""
        self._write(self._path(worker), worker)
        self._crash(worker.folder).unlink(missing_ok=True)

    def crashed(self, place: str, error: str) -> None:
        """Record that this process, a worker, did not come up."""
        crash = Crash(own_folder().name, time.time(), place, error)
        self._write(self._crash(crash.folder), crash)

    def crashes(self) -> list[Crash]:
        """Return the workers that did not come up, and none like them has since."""
        return [Crash(**json.loads(path.read_text())) for path in self._crashes.glob("*.json")]

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

    def _crash(self, folder: str) -> Path:
        return self._crashes / f"{folder}.json"

    def _write(self, path: Path, record: RunningWorker | Crash) -> None:
        """Write a record whole: the supervisor may read it in this moment."""
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(record)))
        draft.replace(path)


def _born(pid: int) -> int | None:
    """Return a process's start in clock ticks since boot, None if it is gone (proc(5), stat)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else int(rest[18])
