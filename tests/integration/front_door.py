"""The real ingress and the real portal, on a network of their own, with small seats behind them."""

from __future__ import annotations

import json
import os
import socket
import ssl
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
from docker.types import Mount

from classroom.engine import files
from classroom.engine.images import Images, ensure_images
from classroom.spec import hashing, keys
from classroom.spec.codes import Code, new_code
from classroom.spec.model import ClassFile, GrafanaPolicy, ImagePolicy
from tests.integration.conftest import ROOT

CLASSROOM = f"cwt-door-{os.getpid()}"
"""Files of tests that run beside each other have a stand each."""
DOMAIN = "class.example.org"
PORTS = (8000, 7233, 8233, 8080)
INNER = 8002
"""For the class Prometheus; never published."""
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
ECHO = (Path(__file__).parent / "upstream.py").read_text()
SIGNING_KEY = keys.new_signing_key()
SEATS = {f"seat-{number:02d}": new_code(number) for number in (7, 42, 254)}
"""Of these only seat 7 has all components, and seat 254 a real Temporal server."""


def host(seat: int) -> str:
    return f"s{seat:02d}.{DOMAIN}"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def seat_key(number: int) -> dict[str, str]:
    """The header by which the host's own probes come to a seat."""
    return bearer(keys.probe_key(SIGNING_KEY, f"seat-{number:02d}"))


OPERATOR = bearer(keys.operator_key(SIGNING_KEY))


@dataclass
class Stand:
    """Containers on one network, all gone in the end."""

    images: Images
    client: docker.DockerClient = field(default_factory=docker.from_env)
    _made: list[Container] = field(default_factory=list)
    _volumes: list[str] = field(default_factory=list)

    def run(self, image: str, name: str, **options: object) -> Container:
        container = self.client.containers.create(
            image,
            name=name,
            network=CLASSROOM,
            init=True,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "noexec,size=64m"},  # noqa: S108 - the container's own
            **options,  # type: ignore[arg-type] # passed on as they are
        )
        self._made.append(container)
        container.start()
        container.reload()
        return container

    def volume(self, name: str, content: Mapping[str, tuple[bytes, int]]) -> str:
        """Make a volume with files in it, as a classroom does."""
        volume = f"{CLASSROOM}-{name}"
        self.client.volumes.create(volume)
        self._volumes.append(volume)
        image = self.images["ingress"].tag
        with files.carrier(
            self.client.api, classroom=CLASSROOM, stack=name, image=image, volumes=(volume,)
        ) as carrier:
            inside = {f"{volume}/{path}": file for path, file in content.items()}
            self.client.api.put_archive(carrier, "/", files.archive_of(inside))
        return volume

    def portal(self) -> Container:
        config = self.volume("portal-config", {"signing-key": (SIGNING_KEY.encode(), 0o600)})
        self._volumes.append(f"{CLASSROOM}-portal-data")
        return self.run(
            self.images["portal"].tag,
            f"{CLASSROOM}-ingress-portal",
            environment={
                "CLASSROOM": CLASSROOM,
                "DOMAIN": DOMAIN,
                "PUBLIC_URL": f"http://{DOMAIN}:8000",
                "PORTS": "grpc=7233,ui=8233,metrics=8080",
                "TLS": "off",
            },
            mounts=[
                Mount("/data", f"{CLASSROOM}-portal-data"),
                Mount("/etc/classroom", config, read_only=True),
            ],
        )

    def seat(self, number: int) -> None:
        for component in ("temporal", "prometheus", "grafana", "workspace"):
            self.run(
                self.images["portal"].tag,
                f"{CLASSROOM}-seat-{number:02d}-{component}",
                entrypoint=["python3", "-c", ECHO, component],
            )

    def of_the_class(self) -> None:
        for component in ("prometheus", "grafana"):
            self.run(
                self.images["portal"].tag,
                f"{CLASSROOM}-ingress-{component}",
                entrypoint=["python3", "-c", ECHO, component],
            )

    def temporal(self, number: int) -> None:
        data = Mount("/data", None)
        name = f"{CLASSROOM}-seat-{number}-temporal"
        self.run(self.images["temporal"].tag, name, mounts=[data])

    def ingress(self, name: str = "ingress", *, tls: str = "off", **options: object) -> Container:
        return self.run(
            self.images["ingress"].tag,
            f"{CLASSROOM}-{name}",
            environment={"CLASSROOM": CLASSROOM, "DOMAIN": DOMAIN, "TLS": tls},
            sysctls={"net.ipv4.ip_forward": "0"},
            **options,
        )

    def open(self) -> Door:
        """Return an ingress whose portal knows the seats, with seat 7 behind it."""
        self.portal()
        self.seat(7)
        door = Door(self.ingress())
        until(door.alive)
        until(lambda: door.ask(DOMAIN).is_success)
        door.open_seats(SEATS)
        for component in ("temporal", "grafana", "workspace"):
            until(lambda c=component: door.ask(host(7), f"/{c}/", headers=seat_key(7)).is_success)  # type: ignore[misc]
        return door

    def remove(self) -> None:
        for container in self._made:
            container.remove(force=True, v=True)
        for volume in self._volumes:
            self.client.volumes.get(volume).remove()


@contextmanager
def stand() -> Iterator[Stand]:
    class_file = ClassFile(images=ImagePolicy.BUILD, grafana=GrafanaPolicy.OFF)
    images = ensure_images(class_file, root=ROOT, progress=print)
    network = docker.from_env().networks.create(CLASSROOM, driver="bridge")
    made = Stand(images)
    try:
        yield made
    finally:
        made.remove()
        network.remove()


def address(container: Container, port: int) -> str:
    return f"{container.attrs['NetworkSettings']['Networks'][CLASSROOM]['IPAddress']}:{port}"


@dataclass
class Door:
    """An ingress as its visitors see it."""

    container: Container
    trust: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._client = httpx.Client(verify=self.trust or False, timeout=20, trust_env=False)

    def ask(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        port: int = 8000,
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        content: bytes = b"",
    ) -> httpx.Response:
        scheme = "https" if self.trust else "http"
        return self._client.send(
            self._client.build_request(
                method,
                f"{scheme}://{address(self.container, port)}{path}",
                headers=[("Host", host), *pairs(headers or {})],
                content=content or None,
                extensions={"sni_hostname": host},
            )
        )

    def raw(
        self, host: str, path: str, *, port: int = 8000, headers: Mapping[str, str] | None = None
    ) -> str:
        """Ask for a path exactly as it is written; return the head of the answer."""
        with self._connect(port) as line:
            line.sendall(request(host, path, {**(headers or {}), "Connection": "close"}))
            return received(line).partition(b"\r\n\r\n")[0].decode()

    @contextmanager
    def opened(self, host: str, path: str, headers: Mapping[str, str]) -> Iterator[socket.socket]:
        """Open a websocket and leave it open; yields what is sent and received by."""
        with self._connect(8000) as line:
            line.sendall(request(host, path, {**HANDSHAKE, **headers}))
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(1)
            assert b" 101 " in head, head
            yield line

    def websocket(
        self, host: str, path: str, *, port: int = 8000, headers: Mapping[str, str] | None = None
    ) -> str:
        """Open a websocket; return the status line, followed by what comes back of `hello`."""
        with self._connect(port) as line:
            line.sendall(request(host, path, {**HANDSHAKE, **(headers or {})}))
            head = line.recv(4096).decode(errors="replace")
            status = head.partition("\r\n")[0]
            if " 101 " in status:
                line.sendall(b"hello")
                # What went in at once may come back in pieces.
                echo = b""
                while len(echo) < len(b"hello") and (more := line.recv(100)):
                    echo += more
                status += f" {echo.decode()}"
            return status

    def _connect(self, port: int) -> socket.socket:
        ip, _, number = address(self.container, port).partition(":")
        return socket.create_connection((ip, int(number)), timeout=20)

    def alive(self) -> bool:
        return self.ask(f"ingress.{DOMAIN}", "/healthz").text == "ok"

    def open_seats(self, codes: Mapping[str, Code]) -> None:
        """Tell the portal which seats there are, as provision does."""
        seats = {
            seat: {"attendee": "", "code_hash": hashing.hashed(str(code))}
            for seat, code in codes.items()
        }
        answer = self.ask(
            f"portal.{DOMAIN}",
            "/operator/seats",
            method="PUT",
            headers=OPERATOR,
            content=json.dumps({"seats": seats}).encode(),
        )
        assert answer.is_success, answer.text

    def observe(self, seen: Mapping[str, object]) -> None:
        """Tell the portal what was seen of seat 7, as watch does."""
        answer = self.ask(
            f"portal.{DOMAIN}",
            "/operator/observations",
            method="POST",
            headers=OPERATOR,
            content=json.dumps({"seats": {"seat-07": {}}, **seen}).encode(),
        )
        assert answer.is_success, answer.text

    def api_key(self, number: int) -> dict[str, str]:
        """The header of an attendee's programs: the key that the seat's home shows."""
        seat = f"seat-{number:02d}"
        found = self.ask(f"portal.{DOMAIN}", "/operator/seats", headers=OPERATOR).json()
        generation = found["seats"][seat]["generation"]
        return bearer(keys.api_key(SIGNING_KEY, seat, generation))

    def claim(self, number: int) -> dict[str, str]:
        """Claim a seat as an attendee's browser does; return the header with its cookie."""
        code = SEATS[f"seat-{number:02d}"]
        answer = self.ask(
            host(number),
            "/claim",
            method="POST",
            content=f"code={code}&name=Ada".encode(),
        )
        assert answer.status_code == 303, answer.text
        (name, value), *_ = answer.cookies.items()
        self._client.cookies.clear()
        return {"Cookie": f"{name}={value}"}


def request(host: str, path: str, headers: Mapping[str, str]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode()


def received(line: socket.socket) -> bytes:
    found = b""
    while chunk := line.recv(65536):
        found += chunk
    return found


def pairs(headers: Mapping[str, str] | list[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


def told(answer: httpx.Response) -> dict[str, Any]:
    """What the component behind an address says that it was asked."""
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = json.loads(answer.text)
    return document


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except (httpx.TransportError, ConnectionError):
            pass
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s")
