"""testinfra's hands in a container, through the engine's API."""

from __future__ import annotations

import struct
from contextlib import closing

import docker
from testinfra.backend.base import (  # type: ignore[import-untyped]  # it ships no types
    BaseBackend,
    CommandResult,
)

from classroom.engine import client as engine

STDOUT, STDERR = 1, 2
FRAME = struct.Struct(">BxxxL")
"""A frame's stream and length: docs.docker.com/reference/api/engine, ContainerAttach."""


class EngineBackend(BaseBackend):  # type: ignore[misc]  # it ships no types
    """What testinfra's own backend does by `docker exec`, without a docker command.

    An instructor's machine need not have one, and 280 of them would cost 280 times the start of
    a program. Commands run as the container's own user.
    """

    NAME = "engine"

    def run(self, command: str, *args: str, **_: object) -> CommandResult:
        """Run a shell command, ``args`` quoted into it, and return what came of it."""
        words = ["/bin/sh", "-c", self.get_command(command, *args)]
        # A connection a command: commands run on several threads, and few stay open at once.
        with closing(engine.connect()) as client:
            identifier = client.exec_create(self.hostname, words)["Id"]
            output = demultiplexed(start(client, identifier))
            code = client.exec_inspect(identifier)["ExitCode"]
        return self.result(code, self.encode(words[-1]), output[STDOUT], output[STDERR])


def start(client: docker.APIClient, identifier: str) -> bytes:
    """Return all that an exec says, still in frames.

    The SDK's own `exec_start` loses the beginning when it comes together with the response's
    headers, as it does on a busy machine (docker-py issue 3160): it reads past the buffer.
    """
    url = f"{client.base_url}/v{client.api_version}/exec/{identifier}/start"
    response = client.post(url, json={"Detach": False, "Tty": False}, timeout=client.timeout)
    response.raise_for_status()
    return response.content


def demultiplexed(stream: bytes) -> dict[int, bytes]:
    """Return what came on standard output and on standard error."""
    output = {STDOUT: b"", STDERR: b""}
    while stream:
        kind, length = FRAME.unpack_from(stream)
        output[kind] += stream[FRAME.size : FRAME.size + length]
        stream = stream[FRAME.size + length :]
    return output
