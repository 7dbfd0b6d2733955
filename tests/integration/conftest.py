"""A real classroom for the tests: own name, ports and subnet, gone afterwards in any case."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from classroom.engine.firewall import IN_FORCE, KEPT, UNITS, in_force, unit
from classroom.engine.state import StateFolder
from classroom.plan.firewall import removed
from classroom.spec import keys
from classroom.watch import service
from tests.images import have_images
from tests.infra.engine_backend import STDOUT, demultiplexed, start

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 900


@dataclass
class Room:
    """One test classroom, driven by the command that instructors use."""

    name: str
    folder: Path
    client: docker.APIClient
    spec: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    """What the command is run by, such as nsenter with its arguments."""

    @property
    def file(self) -> Path:
        return self.folder / "classroom.yml"

    @property
    def ports(self) -> dict[str, int]:
        ports: dict[str, int] = self.spec["ports"]
        return ports

    @property
    def state(self) -> Path:
        return ROOT / ".classroom" / self.name

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its commands; what a killed Ansible leaves is left in its folder."""
        folder = str(self.folder)
        temporary = {"ANSIBLE_LOCAL_TEMP": folder, "ANSIBLE_REMOTE_TEMP": folder}
        return {**os.environ, **temporary, **self.environment}

    def write(self, **changes: object) -> None:
        self.spec = {**self.spec, **changes}
        self.file.write_text(yaml.safe_dump(self.spec))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.prefix, str(ROOT / "classroom"), *arguments, "--file", str(self.file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.variables,
            start_new_session=True,
        )

    def run(self, *arguments: str, expect: int | None = 0) -> str:
        """Run a command to its end and return what it printed."""
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        # pytest shows this where a test fails: what all its commands planned and did.
        print(f"$ classroom {' '.join(arguments)}\n{output}")
        if expect is not None:
            assert process.returncode == expect, f"exit code {process.returncode}"
        return output

    def json(self, command: str, expect: int | None = 0) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run(command, "--json", "-", expect=expect))
        return document

    def ids(self) -> dict[str, str]:
        """Return the identity of everything of this classroom: containers, networks, volumes."""
        wanted = {"label": f"classroom.name={self.name}"}
        found = {
            c["Names"][0].removeprefix("/"): c["Id"]
            for c in self.client.containers(all=True, filters=wanted)
        }
        found |= {f"network {n['Name']}": n["Id"] for n in self.client.networks(filters=wanted)}
        volumes = self.client.volumes(filters=wanted)["Volumes"] or ()
        # A volume has no ID, and what the engine calls its creation is the folder's last change.
        return found | {
            f"volume {v['Name']}": str(Path(v["Mountpoint"]).stat().st_ino) for v in volumes
        }

    def exec(self, seat: str, component: str, *command: str) -> str:
        """Run a command in a seat's container and return its output; it must succeed."""
        job = self.client.exec_create(f"{self.name}-{seat}-{component}", list(command))["Id"]
        output = demultiplexed(start(self.client, job))
        said = {stream: text.decode() for stream, text in output.items()}
        assert self.client.exec_inspect(job)["ExitCode"] == 0, said
        return said[STDOUT]

    def leave_work(self, seat: str, text: str) -> None:
        """Be an attendee: write a file in the workspace."""
        script = f"echo '{text}' > /home/seat/course/notes.txt"
        self.exec(seat, "workspace", "sh", "-c", script)

    def opens(self, seat: str) -> dict[str, str]:
        """Return the header that opens a seat to this machine's own probes."""
        signing = (self.state / "secrets" / "ingress" / "signing-key").read_text()
        return {"Authorization": f"Bearer {keys.probe_key(signing, seat)}"}

    def work(self, seat: str) -> str:
        return self.exec(seat, "workspace", "cat", "/home/seat/course/notes.txt").strip()

    def unwatch(self) -> None:
        """Have nobody mend what a test breaks, until the next provision."""
        service.end(self.name, StateFolder(ROOT, self.name))

    def remove(self) -> None:
        """Remove everything of this classroom without asking the product to do it."""
        self.unwatch()
        wanted = {"label": f"classroom.name={self.name}"}
        for container in self.client.containers(all=True, filters=wanted):
            self.client.remove_container(container["Id"], force=True, v=True)
        for network in self.client.networks(filters=wanted):
            self.client.remove_network(network["Id"])
        for volume in self.client.volumes(filters=wanted)["Volumes"] or ():
            self.client.remove_volume(volume["Name"])
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.rmtree(ROOT / "cards" / self.name, ignore_errors=True)
        for kept in ("seat", "audit"):
            for archive in (ROOT / "collected").glob(f"{self.name}-{kept}-*"):
                archive.unlink()
        remove_firewall(self.name)


def remove_firewall(classroom: str) -> None:
    """Take a room's rules away without asking the product to do it; not without root."""
    if os.geteuid() != 0:
        return
    program, live = in_force()
    subprocess.run(
        [f"{program}-restore", "--wait", "--noflush"],
        input=removed(classroom, live),
        text=True,
        check=True,
    )
    for folder in (KEPT, IN_FORCE):
        for suffix in ("rules", "undo"):
            (folder / f"{classroom}.{suffix}").unlink(missing_ok=True)
    enabled = UNITS / unit(classroom)
    if enabled.exists():
        subprocess.run(["systemctl", "disable", "--quiet", enabled.name], check=True)
        enabled.unlink()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, on loopback.

    They lie below those that the kernel gives to outgoing connections (from 32768 on): one of
    these may be taken by anybody's connection before the room that it was chosen for is up.
    """
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(15_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.add(port)
    return sorted(found)


RoomFactory = Callable[..., Room]


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    """Have the images before the first test, so that none of them pays for all."""
    have_images(lambda _: None)


@pytest.fixture(scope="session")
def make_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomFactory]:
    """Return a function that makes rooms; all of them are removed at the end."""
    rooms: list[Room] = []

    def make(name: str, subnet: str, **spec: object) -> Room:
        ports = dict(zip(("http", "grpc", "ui", "metrics"), free_ports(4), strict=True))
        folder = tmp_path_factory.mktemp(name)
        room = Room(name, folder, docker.APIClient(version="1.41"), {})
        room.write(name=name, subnet=subnet, ports=ports, **grafana(), **spec)
        room.remove()
        rooms.append(room)
        return room

    try:
        yield make
    finally:
        for room in rooms:
            room.remove()


def grafana() -> dict[str, str]:
    """Return the class file's keys for Grafana: wanted where a tarball is at hand."""
    tarball = os.environ.get("GRAFANA", "")
    if tarball:
        return {"grafana": "required", "grafana_tarball": tarball}
    return {"grafana": "off"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when Grafana was not part of what was tested."""
    if not os.environ.get("GRAFANA"):
        terminalreporter.section("WITHOUT GRAFANA", sep="!", red=True)
        terminalreporter.write_line(
            "No Grafana was tested. GRAFANA=/path/to/grafana-12.2.0.linux-amd64.tar.gz make test"
        )
