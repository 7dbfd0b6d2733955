"""A real workspace on a real Temporal server, in containers as compose/seat.yml.j2 runs them."""

from __future__ import annotations

import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from docker.models.containers import Container
from docker.models.networks import Network

from classroom.engine.images import Images
from labkit.labs import find_lab
from labkit.render import lab_file
from labkit.seat import Seat
from tests.tar import tar_of

ROOT = Path(__file__).resolve().parents[1]
HOST = "s07.localhost:8000"
SEAT = Seat(
    "seat-07",
    f"http://{HOST}",
    "temporal:7233",
    "default",
    {"grpc": 7233, "ui": 8233, "metrics": 8080},
)
COURSE = "/home/seat/course"
PATIENCE_SECONDS = 180
"""A machine that is busy with other tests has taken more than a minute to start a worker."""
LOCKED_DOWN: dict[str, Any] = {
    "read_only": True,
    "init": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=256m"},  # noqa: S108 (the container's own)
    "user": "10001:10001",
    "mem_limit": "512m",
    "memswap_limit": "512m",
    "pids_limit": 256,
}


def until(condition: Callable[[], object], what: str, seen: Callable[[], object]) -> None:
    """Wait until a condition holds; the failure tells what was seen last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE_SECONDS} s: {what}; last seen: {seen()}")
        time.sleep(0.2)


def address(container: Container) -> str:
    """Return a container's address on its one network."""
    container.reload()
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


@dataclass
class Workspace:
    """A running workspace, and what an attendee and a health probe do with it."""

    container: Container
    server: Container
    _logs: dict[str, list[bytes]] = field(default_factory=dict)

    def sh(self, command: str, *, expect: int | None = 0) -> str:
        """Run a command as in one of JupyterLab's terminals, a login shell."""
        code, said = self.exec("bash", "-lc", command)
        assert expect is None or code == expect, f"exit code {code}: {said}"
        return said

    def exec(self, *command: str) -> tuple[int, str]:
        """Run a program; return its exit code and what it said."""
        code, output = self.container.exec_run(list(command))
        assert isinstance(output, bytes)
        assert code is not None
        return code, output.decode()

    def begin(self, command: str, log: str) -> None:
        """Run a command in the background; what it says is followed, under the name of a log."""
        shell = ["bash", "-lc", f"exec {command} 2>&1"]
        output = self.container.exec_run(shell, stream=True).output
        assert isinstance(output, Iterator)
        self._logs[log] = []
        threading.Thread(target=self._logs[log].extend, args=(output,), daemon=True).start()

    def log(self, log: str) -> str:
        """Return what a command in the background has said so far; asking costs nothing."""
        return b"".join(self._logs[log]).decode(errors="replace")

    def get(self, path: str, **headers: str) -> httpx.Response:
        url = f"http://{address(self.container)}:8888/workspace/{path}"
        return httpx.get(url, headers={"Host": HOST, **headers}, follow_redirects=True)

    def worker(self) -> dict[str, str]:
        answer: dict[str, str] = self.get("api/worker").raise_for_status().json()
        return answer

    def state(self) -> str:
        return self.worker()["state"]

    def welcome_pid(self) -> str:
        return self.sh("pgrep -f 'python -m labkit.welcome'", expect=None).strip()

    def metrics(self, port: int = 8080) -> str:
        return self.sh(f"curl -s localhost:{port}/metrics", expect=None)

    def start_worker(self, log: str = "worker.log", arguments: str = "D1L1") -> None:
        self.begin(f"lab worker {arguments}", log)
        until(lambda: "Process " in self.log(log), "the worker polls", lambda: self.log(log))

    def install(self, lab_id: str, *, solution: bool) -> None:
        """Write a lab's files into the attendee's folder, over what is there."""
        lab = find_lab(ROOT / "labs", lab_id)
        self.put(
            {
                f"{lab.folder.name}/{name}": lab_file(lab, name, SEAT, solution=solution)
                for name in lab.files
            }
        )

    def put(self, texts: Mapping[str, str]) -> None:
        """Write files of the course's folder, all of them at once: a process each would be slow."""
        assert self.container.put_archive(COURSE, tar_of(texts))

    def write(self, path: str, text: str) -> None:
        """Write a file of the course's folder."""
        self.put({path: text})

    def wait(self) -> None:
        """Wait for the page, which may still be starting."""

        def answers() -> bool:
            try:
                return self.get("api/worker").is_success
            except httpx.TransportError:
                return False

        until(answers, "JupyterLab answers", lambda: self.container.logs().decode()[-2000:])


@contextmanager
def temporal(
    tags: Images, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Network, Container]]:
    """Give a network with a Temporal server on it, some of whose dynamic settings are others."""
    client = docker.from_env()
    name = f"cwt-ws-{secrets.token_hex(3)}"
    network = client.networks.create(name)
    server = None
    try:
        server = client.containers.create(
            tags["temporal"].tag, name=f"{name}-temporal", network=name, init=True
        )
        network.disconnect(server)
        network.connect(server, aliases=["temporal"])
        if settings:
            server.put_archive("/opt/classroom", tar_of({"dynamic-config": _with(settings)}))
        server.start()
        yield network, server
    finally:
        if server is not None:
            server.remove(force=True, v=True)
        network.remove()


def _with(settings: Mapping[str, str]) -> str:
    """Return a seat's dynamic configuration with other values, each a setting that it has."""
    text = (ROOT / "images" / "temporal" / "dynamic-config").read_text()
    for key, value in settings.items():
        text, many = re.subn(rf"^{re.escape(key)}=.*$", f"{key}={value}", text, flags=re.MULTILINE)
        assert many == 1, key
    return text


@contextmanager
def workspace_on(network: Network, server: Container, tags: Images) -> Iterator[Workspace]:
    """Give a workspace on the server's network, as soon as its page answers."""
    client = docker.from_env()
    volume = client.volumes.create(f"{network.name}-home")
    container = None
    try:
        container = client.containers.run(
            tags["workspace"].tag,
            name=f"{network.name}-workspace",
            network=network.name,
            detach=True,
            environment={
                "SEAT": SEAT.name,
                "SEAT_URL": SEAT.url,
                "SEAT_PORTS": "grpc=7233,ui=8233,metrics=8080",
                "TEMPORAL_ADDRESS": SEAT.temporal_address,
                "TEMPORAL_NAMESPACE": SEAT.namespace,
                "BASE_URL": "/workspace/",
            },
            volumes={volume.name: {"bind": "/home/seat"}},
            **LOCKED_DOWN,
        )
        it = Workspace(container, server)
        it.wait()
        yield it
    except BaseException:
        if container is not None:
            sys.stderr.write(container.logs().decode()[-3000:])
        raise
    finally:
        if container is not None:
            container.remove(force=True)
        volume.remove()
