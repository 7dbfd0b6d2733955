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
from pathlib import Path

from classroom.engine.client import explained
from classroom.engine.lock import users
from classroom.engine.state import PRIVATE_FILE, StateFolder
from classroom.errors import ClassroomError

LOCK = "watch.lock"
LOG = "watch.log"

START_SECONDS = 20.0
END_SECONDS = 40.0
"""It finishes what it is at: a stop of five seconds, a start, a cut."""

UNITS = Path("/etc/systemd/system")
SYSTEMD = Path("/run/systemd/system")
"""There while systemd is the machine's init: sd_booted(3)."""

UNIT = """\
[Unit]
Description=Watch over the classroom {classroom}
After=docker.service network-online.target
Wants=docker.service

[Service]
ExecStart={command}
WorkingDirectory={folder}
{environment}Restart=always
RestartSec=5
TimeoutStopSec=60

[Install]
WantedBy=multi-user.target
"""

_PASSED_ON = ("DOCKER_HOST", "PATH", "HOME")


def running(state: StateFolder) -> int | None:
    """Return the process that watches this classroom, as far as this user may look."""
    return min(users(state.path / LOCK), default=None)


def start(classroom: str, state: StateFolder, file: Path) -> int:
    """Start watching, in place of who does so now; return the new process.

    Raises:
        ClassroomError: it did not start, or ended at once; its log says why.
    """
    end(classroom, state)
    command = [sys.executable, "-m", "classroom.cli", "watch", "--file", str(file.absolute())]
    if _by_systemd():
        _install(classroom, command)
        alive: Callable[[], bool] = bool
    else:
        alive = _detach(command, state)
    deadline = time.monotonic() + START_SECONDS
    while (pid := running(state)) is None:
        if time.monotonic() > deadline or (not _by_systemd() and not alive()):
            raise ClassroomError(
                "watch did not start: nobody looks after the classroom",
                where=str(state.path / LOG),
                remedy="its log says why; then run the same command again",
            )
        time.sleep(0.1)
    return pid


def end(classroom: str, state: StateFolder) -> str:
    """End watching, after what is under way; return what was ended, in words, or nothing.

    Raises:
        EngineError: systemd's unit could not be removed.
    """
    ended = _uninstall(classroom)
    found = users(state.path / LOCK)
    for signum in (signal.SIGTERM, signal.SIGKILL):
        for pid in found:
            _signal(pid, signum)
        deadline = time.monotonic() + END_SECONDS
        while (left := users(state.path / LOCK)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not left:
            break
    return ended or (f"process {min(found)}, which watched it" if found else "")


def unit(classroom: str, command: list[str], environment: dict[str, str]) -> str:
    """Return the unit's text. What systemd would read into a word is taken from it."""
    lines = [f"Environment={_quoted(f'{key}={value}')}\n" for key, value in environment.items()]
    return UNIT.format(
        classroom=classroom,
        # Only a command has variables: a dollar in it is doubled, one elsewhere is itself.
        command=" ".join(_quoted(word).replace("$", "$$") for word in command),
        folder=str(Path(__file__).resolve().parents[3]).replace("%", "%%"),
        environment="".join(lines),
    )


def _quoted(word: str) -> str:
    """Quote for a unit file: systemd.syntax(7), "Quoting", and systemd.unit(5), "Specifiers"."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _by_systemd() -> bool:
    return SYSTEMD.is_dir() and os.geteuid() == 0


def _install(classroom: str, command: list[str]) -> None:
    name = _unit_name(classroom)
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    with explained("install watch as a unit of systemd", name):
        (UNITS / name).write_text(unit(classroom, command, environment))
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", name)


def _uninstall(classroom: str) -> str:
    name = _unit_name(classroom)
    if not _by_systemd() or not (UNITS / name).exists():
        return ""
    with explained("remove watch's unit of systemd", name):
        _systemctl("disable", "--now", name)
        (UNITS / name).unlink()
        _systemctl("daemon-reload")
    return f"systemd unit {name}"


def _unit_name(classroom: str) -> str:
    return f"classroom-watch-{classroom}.service"


def _systemctl(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - nothing is interpolated
        ["systemctl", *arguments],  # noqa: S607 - found as root's PATH has it
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(f"systemctl {arguments[0]}: {done.stderr.strip()}")


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
