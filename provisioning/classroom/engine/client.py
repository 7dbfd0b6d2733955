"""The connection to the Docker engine: one place that opens it and words its failures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import Timeout

from classroom.errors import EngineError

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
API_VERSION = "1.41"
"""Engine 20.10, the oldest supported; naming it saves a question to the engine per process."""
TIMEOUT_SECONDS = 120

START_REMEDY = "start the engine (`sudo systemctl start docker`), then run the same command again"


def socket() -> str:
    """Return the engine's address, as every Docker tool reads it."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_SOCKET


def connect() -> docker.APIClient:
    """Return a low-level client; nothing is sent before its first call.

    Raises:
        EngineError: the address makes no sense.
    """
    try:
        return docker.APIClient(socket(), version=API_VERSION, timeout=TIMEOUT_SECONDS)
    except DockerException as error:
        raise EngineError(
            f"cannot use Docker at {socket()}: {error}", remedy="check DOCKER_HOST"
        ) from error


@contextmanager
def explained(doing: str, where: str = "") -> Iterator[None]:
    """Turn what the SDK raises into an `EngineError` that says what was being done.

    Args:
        doing: the attempt, in words that follow "could not".
        where: the seat or object it was done to.
    """
    try:
        yield
    except APIError as error:
        full = "no space left" in str(error).lower()
        raise EngineError(
            f"could not {doing}: {error.explanation or error}",
            where=where,
            remedy=(
                "free disk space (`docker system df` shows who uses it), then run it again"
                if full
                else "see the engine's message above; running the same command again is safe"
            ),
        ) from error
    except (RequestsConnectionError, Timeout) as error:
        raise EngineError(
            f"could not {doing}: no Docker engine answers at {socket()}",
            where=where,
            remedy=START_REMEDY,
        ) from error
