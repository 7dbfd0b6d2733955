"""A corner of a workspace that is nobody's but the player's, and is gone afterwards.

A folder in /tmp is its home, a namespace of its own holds its workflows and queues, its workers
serve their metrics on ports that nobody scrapes and are in no list that `lab kill` or the
supervisor reads. It steps behind whatever the attendee runs: for the processor, and first to go
when memory is short.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL

from labkit import ports
from labkit.errors import LabError

NAME = "classroom-verify-"
OURS = re.compile(rf"{NAME}[0-9a-f]{{12}}")
"""What folders and namespaces of corners are called, and nothing of an attendee's."""

TMP = Path("/tmp")  # noqa: S108 - the container's own, in memory; TMPDIR is in the attendee's home
RETENTION = "24h"
NICE = 10
CALL_S = 60


@contextmanager
def corner() -> Iterator[Path]:
    """Move this process and what it starts into a corner; give the folder that is its home.

    Raises:
        LabError: the seat's Temporal server does not do what it takes.
    """
    _step_behind()
    _clear_away()
    name = f"{NAME}{secrets.token_hex(6)}"
    home = TMP / name
    home.mkdir(mode=0o700)
    os.environ.update(
        HOME=str(home),
        TMPDIR=str(home),
        LABKIT_RUN_DIR=str(home / "run"),
        LABKIT_FIRST_PORT=str(ports.BESIDE),
        TEMPORAL_NAMESPACE=name,
    )
    try:
        _namespace("create", name, "--retention", RETENTION)
        yield home
    finally:
        _clear_away()


def _step_behind() -> None:
    os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _clear_away() -> None:
    """End and remove what there is of corners, of killed ones too."""
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at; another user's can't be.
        with suppress(OSError):
            if f"LABKIT_RUN_DIR={TMP}/{NAME}".encode() in (process / "environ").read_bytes():
                os.kill(int(process.name), SIGKILL)
    for folder in TMP.iterdir():
        if OURS.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    for one in json.loads(_temporal("operator", "namespace", "list", "-o", "json")):
        # One that is being deleted has another name already.
        if OURS.fullmatch(name := one["namespaceInfo"]["name"]):
            _namespace("delete", name, "--yes")


def _namespace(verb: str, name: str, *more: str) -> None:
    _temporal("operator", "namespace", verb, "-n", name, *more)


def _temporal(*arguments: str) -> str:
    command = ["temporal", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a command of the course's own
            command, capture_output=True, text=True, timeout=CALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"`{' '.join(command)}` did not end within {CALL_S} s.") from None
    if done.returncode:
        raise LabError(f"`{' '.join(command)}` failed: {done.stderr.strip()[-300:]}")
    return done.stdout
