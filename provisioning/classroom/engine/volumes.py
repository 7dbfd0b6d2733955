"""How much the files in volumes take up.

Docker has no cheap word for it: ``GET /system/df`` walks every image and container too. As root
one ``du`` reads all of a classroom's volumes where they lie on the disk; without root each
component is asked in turn, from inside, and an attendee who wants to can then hide files in the
workspace.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress

import docker
from docker.errors import APIError

from classroom.engine.client import explained
from classroom.errors import EngineError
from classroom.plan import names

SMALLEST = 4096
"""Bytes that a file counts at least: a disk runs out of inodes as well as of blocks."""

TIMEOUT_SECONDS = 60

_DU = ("du", "--summarize", "--one-file-system")

_INSIDE = {
    "workspace-home": "/home/seat",
    "temporal-data": "/data",
    "prometheus-data": "/data",
    "grafana-data": "/data",
}
"""Where a seat's components mount the volumes that they write to, as in the Compose file."""


def sizes(client: docker.APIClient, classroom: str) -> dict[tuple[str, str], int]:
    """Return seat and component -> bytes of its volume, of all that could be measured.

    Raises:
        EngineError: the engine did not answer, or nothing could be measured in time.
    """
    with explained("look at the volumes"):
        wanted = {"label": f"{names.LABEL_CLASSROOM}={classroom}"}
        volumes = client.volumes(filters=wanted)["Volumes"] or ()
    paths = {}
    for volume in volumes:
        seat = volume["Labels"][names.LABEL_SEAT]
        name = volume["Name"].removeprefix(f"{names.prefix(classroom, seat)}-")
        if seat != names.INGRESS and name in _INSIDE:
            paths[volume["Mountpoint"]] = seat, name
    if all(os.access(path, os.R_OK | os.X_OK) for path in paths):
        found = _from_outside(tuple(paths))
    else:
        found = {path: _from_inside(client, classroom, *own) for path, own in paths.items()}
    return {
        (seat, _component(name)): found[path]
        for path, (seat, name) in paths.items()
        if found.get(path)
    }


def _component(volume: str) -> str:
    return volume.partition("-")[0]


def _from_outside(paths: Sequence[str]) -> dict[str, int]:
    if not paths:
        return {}
    taken, inodes = _du("--block-size=1", *paths), _du("--inodes", *paths)
    return {path: max(taken[path], SMALLEST * inodes[path]) for path in taken.keys() & inodes}


def _du(*arguments: str) -> dict[str, int]:
    command = ["nice", "-n", "19", *_DU, *arguments]
    try:
        with explained("measure the volumes"):
            # A file that is removed meanwhile is a complaint and an exit code of 1, no failure.
            done = subprocess.run(  # noqa: S603 - paths are the engine's, nothing is interpolated
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"the volumes could not be measured within {TIMEOUT_SECONDS} s",
            remedy="look at the machine's disk, and for a seat with a great many files",
        ) from error
    return read_du(done.stdout.decode(errors="replace"))


def read_du(output: str) -> dict[str, int]:
    """Return path -> number from what ``du --summarize`` printed."""
    found = {}
    for line in output.splitlines():
        number, tab, path = line.partition("\t")
        if tab and number.isdecimal():
            found[path] = int(number)
    return found


def _from_inside(client: docker.APIClient, classroom: str, seat: str, volume: str) -> int:
    """Ask a running component; 0 if it does not answer."""
    container = names.container_name(classroom, seat, _component(volume))
    script = f"du -sx -B1 {_INSIDE[volume]}; du -sx --inodes {_INSIDE[volume]}"
    with suppress(APIError):
        job = client.exec_create(container, ["sh", "-c", script], stderr=False)["Id"]
        lines = client.exec_start(job).decode(errors="replace").splitlines()
        numbers = [number for line in lines for number in read_du(line).values()]
        if len(numbers) == len(script.split(";")):
            return max(numbers[0], SMALLEST * numbers[1])
    return 0
