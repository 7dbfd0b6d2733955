"""Start and end the process that watches a classroom: by systemd where it runs, else detached.

A unit of systemd's is back after a crash and after a reboot. Where there is no systemd, or no
root to ask it, it is a plain process in a session of its own, which outlives the terminal but not
the machine; `make provision` starts it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from classroom.engine.client import explained
from classroom.engine.lock import holder, users
from classroom.engine.state import PRIVATE_FILE, StateFolder, write_private
from classroom.errors import ClassroomError
from classroom.spec.model import ClassFile
from classroom.watch import systemd

LOCK = "watch.lock"
LOG = "watch.log"
BASIS = "watch.basis"

START_SECONDS = 20.0
END_SECONDS = 40.0
"""It finishes what it is at: a stop of five seconds, a start, a cut."""

_PROGRAM = Path(__file__).resolve().parents[1]
_LABS = _PROGRAM.parents[1] / "labs"


def running(state: StateFolder) -> int | None:
    """Return the process that watches this classroom, as far as this user may look."""
    return holder(state.path / LOCK)


def start(class_file: ClassFile, state: StateFolder, file: Path, *, changed: bool) -> int:
    """Start watching, in place of who does so now; return the process.

    Who watches already goes on when this class file, this program and the classroom are what they
    were: it knows how often it tried what.

    Args:
        class_file: the classroom.
        state: its folder.
        file: where the class file is read again.
        changed: whether anything of the classroom was changed.

    Raises:
        ClassroomError: it did not start, or ended at once; its log says why.
    """
    classroom, basis = class_file.name, state.path / BASIS
    now = _basis(class_file, file)
    there = running(state)
    if there is not None and not changed and basis.exists() and basis.read_text() == now:
        return there
    end(classroom, state)
    write_private(basis, now)
    command = [sys.executable, "-m", "classroom.cli", "watch", "--file", str(file.absolute())]
    if systemd.here():
        systemd.install(classroom, command)
        alive: Callable[[], bool] = bool
    else:
        alive = _detach(command, state)
    deadline = time.monotonic() + START_SECONDS
    while (pid := running(state)) is None:
        if time.monotonic() > deadline or (not systemd.here() and not alive()):
            raise ClassroomError(
                "watch did not start: nobody looks after the classroom",
                where=str(state.path / LOG),
                remedy="its log says why; then run the same command again",
            )
        time.sleep(0.1)
    return pid


def _basis(class_file: ClassFile, file: Path) -> str:
    """Return a digest of what a watch is started with: class file, program, the labs' checks."""
    files = sorted([*_PROGRAM.rglob("*.py"), *_LABS.rglob("*.py")])
    program = [(str(p), p.stat().st_mtime_ns) for p in files]
    return sha256(repr((class_file, file.absolute(), sys.executable, program)).encode()).hexdigest()


def end(classroom: str, state: StateFolder) -> str:
    """End watching, after what is under way; return what was ended, in words, or nothing.

    Raises:
        EngineError: systemd's unit could not be removed.
    """
    ended = systemd.uninstall(classroom)
    found = users(state.path / LOCK)
    for signum in (signal.SIGTERM, signal.SIGKILL):
        for pid in found:
            _signal(pid, signum)
        deadline = time.monotonic() + END_SECONDS
        while (left := users(state.path / LOCK, found)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not left:
            break
    return ended or (f"process {min(found)}, which watched it" if found else "")


def _detach(command: list[str], state: StateFolder) -> Callable[[], bool]:
    """Start it in a session of its own; return what tells whether it is still alive."""
    with explained("start watch"):
        log = os.open(state.path / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
        try:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(log)
    return lambda: process.poll() is None


def _signal(pid: int, signum: signal.Signals) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return
