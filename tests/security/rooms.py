"""The one small classroom that all security tests look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import yaml

from classroom.engine import compose
from classroom.engine.images import ensure_images
from classroom.plan.names import container_name
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.integration.conftest import ROOT, Room, free_ports

GIVEN = "CLASSROOM_SECURITY_ROOM"
"""Variable with the folder of a room that is there already: `make mutate` changes one."""

SUBNET = "10.237.0.0/16"
SEATS = 2

Service = dict[str, Any]
"""A service's definition in a Compose file."""


def new_room(name: str, folder: Path, *, subnet: str = SUBNET, number: int = SEATS) -> Room:
    """Return a room of which nothing exists yet, for so many seats."""
    ports = dict(zip(("http", "grpc", "ui", "metrics"), free_ports(4), strict=True))
    room = Room(name, folder, docker.APIClient(version="1.41"), {})
    room.write(name=name, subnet=subnet, ports=ports, grafana="off", seats=number)
    room.remove()
    return room


def bring_up(room: Room) -> None:
    """Build what is missing for a room, and provision it."""
    ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=lambda _: None)
    room.run("provision")
    # It would start what a test stops, and what one only creates.
    room.unwatch()


def given_room() -> Room | None:
    """Return the room that the environment names."""
    folder = os.environ.get(GIVEN)
    if not folder:
        return None
    spec = yaml.safe_load(Path(folder, "classroom.yml").read_text())
    return Room(spec["name"], Path(folder), docker.APIClient(version="1.41"), spec)


def seats(room: Room) -> list[str]:
    return [f"seat-{number:02d}" for number in range(1, room.spec["seats"] + 1)]


def containers(room: Room) -> dict[str, dict[str, Any]]:
    """Return what the engine says of each container that says it is the room's, by name."""
    wanted = {"label": f"classroom.name={room.name}"}
    return {
        inspected["Name"].removeprefix("/"): inspected
        for one in room.client.containers(all=True, filters=wanted)
        for inspected in [room.client.inspect_container(one["Id"])]
    }


def address(room: Room, container: str, stack: str) -> str:
    """Return a container's address on a stack's network."""
    networks = room.client.inspect_container(container)["NetworkSettings"]["Networks"]
    found: str = networks[f"{room.name}-{stack}"]["IPAddress"]
    return found


@contextmanager
def changed_service(
    room: Room, stack: str, component: str, change: Callable[[Service], None]
) -> Iterator[None]:
    """Run one component from a changed Compose file for as long as the block lasts."""
    rendered = room.state / "rendered" / f"{stack}.yml"
    document = yaml.safe_load(rendered.read_text())
    change(document["services"][component])
    changed = room.folder / f"changed-{stack}.yml"
    changed.write_text(yaml.safe_dump(document, sort_keys=False))
    try:
        _replace(room, stack, component, changed)
        yield
    finally:
        _replace(room, stack, component, rendered)


def _replace(room: Room, stack: str, component: str, file: Path) -> None:
    # A program that is told to stop waits for what is open in it.
    room.client.remove_container(container_name(room.name, stack, component), force=True)
    compose.up(f"{room.name}-{stack}", file, (component,), recreate=False)
    if component == "ingress":
        for seat in seats(room):
            network = f"{room.name}-{seat}"
            room.client.connect_container_to_network(f"{room.name}-ingress", network)
