"""The Docker engine with nothing in between: one HTTP call, one answer.

This is the floor that provisioning is compared with, so it must not be slowed down by a client
library. API: https://docs.docker.com/reference/api/engine/version/v1.41/
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode

from bench.errors import BenchError
from classroom.plan import names

API = "/v1.41"
TIMEOUT_SECONDS = 300
GONE = 404
FAILED = 400

Body = dict[str, Any]
"""A JSON object, as the API defines it."""


class _Connection(HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    """The engine on this machine.

    Each call has a connection of its own: that costs less than 0.1 ms on a socket of this machine,
    and the engine closes one that was idle for as long as a full class takes to come up.
    """

    def __init__(self) -> None:
        address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        if not address.startswith("unix://"):
            raise BenchError(f"the engine must be on this machine; DOCKER_HOST is {address}")
        self._path = address.removeprefix("unix://")

    def get(self, path: str, /, **query: object) -> Body:
        """Return the object that is the answer."""
        answer: Body = json.loads(self._call("GET", path, query))
        return answer

    def owned(self, path: str, classroom: str, /, **query: object) -> list[Body]:
        """Return the objects that are labelled as a classroom's."""
        label = json.dumps({"label": [f"{names.LABEL_CLASSROOM}={classroom}"]})
        found = json.loads(self._call("GET", path, {**query, "filters": label}))
        # Only volumes come in an envelope, which is empty when there are none.
        objects: list[Body] = found if isinstance(found, list) else found["Volumes"] or []
        return objects

    def get_bytes(self, path: str, /, **query: object) -> bytes:
        """Return the answer as it came."""
        return self._call("GET", path, query)

    def post(self, path: str, body: Body | None = None, /, **query: object) -> Body:
        """Send JSON and return the object that is the answer; empty when there is none."""
        answer = self._call("POST", path, query, json.dumps(body or {}).encode())
        decoded: Body = json.loads(answer or b"{}")
        return decoded

    def put_tar(self, path: str, tar: bytes, /, **query: object) -> None:
        """Send an archive."""
        self._call("PUT", path, query, tar, "application/x-tar")

    def delete(self, path: str, /, **query: object) -> None:
        """Delete an object; one that is gone already is fine."""
        self._call("DELETE", path, query, allow_gone=True)

    def execute(self, container: str, command: list[str]) -> tuple[int, str]:
        """Run a command in a container; return its exit code and what it printed."""
        # With a terminal both streams come as plain text, without frames around each piece.
        body = {"AttachStdout": True, "AttachStderr": True, "Tty": True, "Cmd": command}
        run = self.post(f"/containers/{container}/exec", body)["Id"]
        raw = self._call("POST", f"/exec/{run}/start", {}, b'{"Detach":false,"Tty":true}')
        code = self.get(f"/exec/{run}/json")["ExitCode"]
        return int(code), raw.decode(errors="replace")

    def _call(
        self,
        verb: str,
        path: str,
        query: dict[str, object],
        body: bytes | None = None,
        kind: str = "application/json",
        *,
        allow_gone: bool = False,
    ) -> bytes:
        url = f"{API}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        with closing(_Connection(self._path)) as connection:
            connection.request(verb, url, body, {"Content-Type": kind, "Host": "docker"})
            response = connection.getresponse()
            answer: bytes = response.read()
        if response.status >= FAILED and not (allow_gone and response.status == GONE):
            raise BenchError(f"{verb} {path}: {response.status} {answer.decode(errors='replace')}")
        return answer
