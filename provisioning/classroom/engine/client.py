"""The connection to the Docker engine: one place that opens it and words its failures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import APIError, DockerException
from requests import RequestException
from requests.exceptions import Timeout
from urllib3.exceptions import HTTPError

from classroom.errors import EngineError

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
API_VERSION = "1.41"
"""Engine 20.10, the oldest supported; naming it saves a question to the engine per process."""
TIMEOUT_SECONDS = 120

START_REMEDY = (
    "start the engine (`sudo systemctl start docker`; where there is no systemd, `make provision` "
    "does it), then run the same command again"
)
GROUP_REMEDY = "`sudo usermod -aG docker $USER`, log in again, then run the same command again"
_SEE_PORT = "`sudo ss -ltnp` shows who has the port: stop that, or choose another in classroom.yml"

_REMEDIES = {
    "no space left": "free disk space (`df -h` shows which disk is full, `docker system df` what "
    "the engine keeps), then run the same command again",
    "cannot connect to the docker daemon": START_REMEDY,
    "no such image": "an image was removed after the run had begun; the same command makes it anew",
    "port is already allocated": _SEE_PORT,
    "address already in use": _SEE_PORT,
    "pool overlaps": "another network of the engine has these addresses (`docker network "
    "inspect`): choose another subnet in classroom.yml",
    # Nobody is attached, or its container would have been disconnected first: the engine counts
    # what it has forgotten, and counts anew when it starts.
    "has active endpoints": "the engine has miscounted: restart it (`sudo systemctl restart "
    "docker`; without systemd, end dockerd and start it), then run the same command again",
    "permission denied": "run it as the user who made this classroom, or as root",
}
"""Words of the engine, of Compose and of the operating system -> what to do about them."""


def remedy(said: str) -> str:
    """Return what to do about a failure, from what was said of it."""
    words = said.lower()
    found = (advice for sign, advice in _REMEDIES.items() if sign in words)
    return next(found, "see the message; running the same command again is safe")


def socket() -> str:
    """Return the engine's address, as every Docker tool reads it."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_SOCKET


def connect(*, patience: int = TIMEOUT_SECONDS) -> docker.APIClient:
    """Return a low-level client; nothing is sent before its first call.

    Args:
        patience: seconds that a call may take.

    Raises:
        EngineError: the address makes no sense.
    """
    try:
        return docker.APIClient(socket(), version=API_VERSION, timeout=patience)
    except DockerException as error:
        raise EngineError(
            f"cannot use Docker at {socket()}: {error}", remedy="check DOCKER_HOST"
        ) from error


@contextmanager
def explained(doing: str, where: str = "") -> Iterator[None]:
    """Turn what the SDK or the operating system raises into an `EngineError`.

    Args:
        doing: the attempt, in words that follow "could not".
        where: the seat or object it was done to.
    """
    try:
        yield
    except APIError as error:
        said = str(error.explanation or error)
        raise EngineError(f"could not {doing}: {said}", where=where, remedy=remedy(said)) from error
    except Timeout as error:
        raise EngineError(
            f"could not {doing}: the Docker engine at {socket()} did not answer in time",
            where=where,
            remedy="look at the machine's load and disk, then run the same command again",
        ) from error
    except (RequestException, HTTPError) as error:
        # Whatever breaks between us and the engine: refused, reset, or cut off half-way.
        denied = "permission denied" in str(error).lower()
        why = "the Docker engine refuses this user" if denied else "no Docker engine answers"
        raise EngineError(
            f"could not {doing}: {why} at {socket()}",
            where=where,
            remedy=GROUP_REMEDY if denied else START_REMEDY,
        ) from error
    except OSError as error:
        raise EngineError(
            f"could not {doing}: {error.strerror or error}"
            + (f" ({error.filename})" if error.filename else ""),
            where=where,
            remedy=remedy(str(error.strerror)),
        ) from error
