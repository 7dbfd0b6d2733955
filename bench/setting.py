"""A classroom of the benchmark's own: its name, ports and subnet meet nobody else's."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from bench.engine import Engine
from bench.errors import BenchError
from bench.removal import remove
from classroom.cards.folder import CardsFolder
from classroom.cli.machine import remove_firewall
from classroom.engine.machine import ip_routes, parse_routes
from classroom.engine.planning import ROOT, Request, state_folder
from classroom.engine.resolvers import resolvers
from classroom.report.workers import AT_ONCE
from classroom.spec import ClassFile
from classroom.watch import service

PRIVATE = IPv4Network("10.0.0.0/8")


@dataclass(frozen=True)
class Setting:
    """Where the measuring takes place.

    Attributes:
        file: its class file, in a folder of its own.
        class_file: the same, read.
        at_once: seats made at the same time, by every way of making them.
        folder: for logs and rendered files; gone afterwards.
    """

    file: Path
    class_file: ClassFile
    at_once: int
    folder: Path

    @property
    def name(self) -> str:
        """The classroom's name."""
        return self.class_file.name

    @property
    def seats(self) -> int:
        """How many seats it has."""
        return self.class_file.seats


@contextmanager
def setting(engine: Engine, seats: int, grafana: Path | None) -> Iterator[Setting]:
    """Yield a classroom to measure in, and leave nothing of it, whatever happens."""
    name = f"bench-{secrets.token_hex(2)}"
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        http, grpc, ui, metrics = _free_ports(4)
        file = folder / "classroom.yml"
        file.write_text(
            f"name: {name}\nseats: {seats}\nsubnet: {_free_subnet()}\n"
            f"ports: {{http: {http}, grpc: {grpc}, ui: {ui}, metrics: {metrics}}}\n"
            + (f"grafana: required\ngrafana_tarball: {grafana.resolve()}\n" if grafana else "")
        )
        yield Setting(file, Request(file=file).load().class_file, AT_ONCE, folder)
    finally:
        state = state_folder(name)
        # Last things first; one that fails keeps none of the others from being done.
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.callback(state.forget_all)
            stack.callback(CardsFolder(ROOT, name).forget)
            stack.callback(remove_firewall, name)
            stack.callback(remove, engine, name, at_once=AT_ONCE)
            stack.callback(service.end, name, state)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _free_subnet() -> IPv4Network:
    """Search from the top, where neither the default class file nor most VPNs are."""
    taken = [route.network for route in parse_routes(ip_routes(), ours=())]
    taken += [IPv4Network(server) for server in resolvers()]
    for candidate in reversed([*PRIVATE.subnets(new_prefix=16)]):
        if not any(network.overlaps(candidate) for network in taken):
            return candidate
    raise BenchError("no /16 of 10.0.0.0/8 is free on this machine")
