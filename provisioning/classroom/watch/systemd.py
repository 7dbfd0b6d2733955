"""Watch as a unit of systemd's, where systemd runs and the user may ask it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from classroom.engine.client import explained

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


def here() -> bool:
    """Whether systemd is there to be asked."""
    return SYSTEMD.is_dir() and os.geteuid() == 0


def install(classroom: str, command: list[str]) -> None:
    """Start the command as a unit, now and whenever the machine starts.

    Raises:
        EngineError: systemd refused it.
    """
    name = _unit_name(classroom)
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    with explained("install watch as a unit of systemd", name):
        (UNITS / name).write_text(unit(classroom, command, environment))
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", name)


def uninstall(classroom: str) -> str:
    """End the unit and remove it; return its name in words, or nothing if there was none.

    Raises:
        EngineError: systemd refused it.
    """
    name = _unit_name(classroom)
    if not here() or not (UNITS / name).exists():
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
