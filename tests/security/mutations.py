"""Ways to take a control away from a live room, each until its block ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from tests.integration.conftest import Room
from tests.security.rooms import Service, changed_service, containers
from tests.security.rules import without_rules

Mutation = Callable[[Room], AbstractContextManager[None]]


def without(part: str) -> Mutation:
    """Take out the firewall's rules that say ``part``."""
    return partial(without_rules, part=part)


def service(stack: str, component: str, change: Callable[[Service], None]) -> Mutation:
    """Run a component from a changed definition."""
    return lambda room: changed_service(room, stack, component, change)


def setting(component: str, **keys: object) -> Mutation:
    """Run a component of seat-01, or of the front door, with other values of some Compose keys."""
    stack = "ingress" if component in ("ingress", "portal") else "seat-01"

    def change(definition: Service) -> None:
        definition.update(keys)

    return service(stack, component, change)


def dropping(component: str, key: str) -> Mutation:
    """Run a component of seat-01 without a Compose key."""
    return service("seat-01", component, lambda definition: definition.pop(key))


def endless_log(component: str) -> Mutation:
    """Run a component of seat-01 with a log that no disk has room for.

    Without a limit of its own it would have the engine's, which `classroom machine` writes.
    """
    options = {"max-size": "1000g", "max-file": "1"}
    return setting(component, logging={"driver": "json-file", "options": options})


def limit(component: str, **values: object) -> Mutation:
    """Run a component of seat-01 with other limits; None leaves one out."""

    def change(definition: Service) -> None:
        limits = definition["deploy"]["resources"]["limits"]
        for key, value in values.items():
            if value is None:
                del limits[key]
            else:
                limits[key] = value

    return service("seat-01", component, change)


def of_all_cpus(component: str) -> Mutation:
    """Run a component of seat-01 without a limit on CPUs, and before all others."""

    def change(definition: Service) -> None:
        del definition["deploy"]["resources"]["limits"]["cpus"]
        definition["cpu_shares"] = 256 * 1024

    return service("seat-01", component, change)


def memory(component: str, size: str | None) -> Mutation:
    """Run a component of seat-01 with this limit on memory and swap, or none."""

    def change(definition: Service) -> None:
        limits = definition["deploy"]["resources"]["limits"]
        del limits["memory"], definition["memswap_limit"]
        if size is not None:
            limits["memory"] = definition["memswap_limit"] = size

    return service("seat-01", component, change)


def tmp(component: str, options: dict[str, object]) -> Mutation:
    """Run a component of seat-01 with another tmpfs."""

    def change(definition: Service) -> None:
        for mount in definition["volumes"]:
            if mount["type"] == "tmpfs":
                mount["tmpfs"] = options

    return service("seat-01", component, change)


@contextmanager
def egress_none_without_its_rule(room: Room) -> Iterator[None]:
    """Put ``egress: none`` in force, and take out the rule that it is."""
    before = room.spec.get("egress", "internet")
    room.write(egress="none")
    try:
        room.run("machine")
        rule = f"-A cls-{room.name}-out -j REJECT"
        with without_rules(room, part=rule):
            yield
    finally:
        room.write(egress=before)
        room.run("machine")


@contextmanager
def shared_network(room: Room) -> Iterator[None]:
    """Put seat-02's workspace on seat-01's network as well."""
    network, guest = f"{room.name}-seat-01", f"{room.name}-seat-02-workspace"
    room.client.connect_container_to_network(guest, network)
    try:
        yield
    finally:
        room.client.disconnect_container_from_network(guest, network)


@contextmanager
def privileged_neighbour(room: Room) -> Iterator[None]:
    """Add a privileged container to the room: created only, since not every machine runs one."""
    own = containers(room)[f"{room.name}-seat-01-prometheus"]["Config"]
    host: dict[str, Any] = room.client.create_host_config(privileged=True)
    container = room.client.create_container(
        own["Image"], name="cwt-privileged", labels=own["Labels"], host_config=host
    )["Id"]
    try:
        yield
    finally:
        room.client.remove_container(container, force=True)
