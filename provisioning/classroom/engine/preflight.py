"""Refuse what this machine cannot hold, before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import astuple
from ipaddress import IPv4Network
from pathlib import Path

import docker
from docker.errors import NotFound

from classroom.engine.client import explained
from classroom.engine.images import Images
from classroom.engine.machine import gather, ip_routes, parse_routes
from classroom.engine.planning import state_folder
from classroom.errors import PreflightError, SpecError
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.spec import ClassFile, Loaded, MachineFacts, capacity, collisions, conflicts

_DOCKERS_BRIDGE = re.compile("docker0|br-[0-9a-f]{12}")
"""How the engine names the bridges of its networks, unless a network asks for another name."""


def collisions_here(
    class_file: ClassFile, *, client: docker.APIClient | None
) -> tuple[tuple[str, str], ...]:
    """Compare the class file's addresses and ports with this machine, before it is prepared.

    Rules that guard a subnet are the first that preparing puts in force, and they would cut off
    whoever is in that subnet already: it may be the instructor's own way in.

    Args:
        class_file: the class file, as far as it could be read.
        client: the engine; None while none answers. What its bridges lead to may be ours then, and
            so may the ports of a classroom that was made here: its ingress outlives the engine.

    Returns:
        Keys of the class file that collide with this machine, each with what is wrong.
    """
    if client is None:
        known = state_folder(class_file.name).path.exists()
        ours = _behind_dockers_bridges()
        own_ports = frozenset(astuple(class_file.ports)) if known else frozenset[int]()
    else:
        ours = _own_subnets(client, class_file.name)
        own_ports = _own_ports(client, names.prefix(class_file.name, names.INGRESS))
    facts = gather(
        class_file,
        ours=ours,
        own_ports=own_ports,
        data_root=Path("/"),
        seats_running=0,
        images_present=False,
    )
    return collisions(class_file, facts)


def preflight(
    loaded: Loaded,
    observed: Observed,
    client: docker.APIClient,
    images: Images,
    *,
    force: bool,
) -> None:
    """Compare the class file with this machine.

    Args:
        loaded: the class file and the places of its keys.
        observed: what exists, so that our own networks and ports are no conflict.
        client: the engine.
        images: the images that are wanted; those not built yet need disk.
        force: let more seats pass than fit.

    Raises:
        SpecError: keys of the class file that collide with this machine, all of them.
        PreflightError: the seats do not fit; the message has the figures and the N that fits.
    """
    class_file = loaded.class_file
    facts = _facts(class_file, observed, client, images)
    found = conflicts(class_file, loaded.sources, facts)
    if found:
        raise SpecError(found, where="this machine and the class file collide")
    too_many = capacity(class_file, loaded.sources, facts)
    if too_many and not force:
        raise PreflightError(
            too_many, remedy="ask for fewer seats (N=), or add FORCE=yes if you know better"
        )


def _facts(
    class_file: ClassFile, observed: Observed, client: docker.APIClient, images: Images
) -> MachineFacts:
    name = class_file.name
    own = [n for n in observed.networks.values() if n.labels.get(names.LABEL_CLASSROOM) == name]
    with explained("ask the engine where it keeps its data"):
        data_root = Path(client.info()["DockerRootDir"])
    running = [
        s
        for s in observed.stacks(name)
        if s != names.INGRESS and any(c.state == "running" for c in observed.containers_of(name, s))
    ]
    return gather(
        class_file,
        ours={IPv4Network(n.subnet) for n in own if n.subnet},
        own_ports=_own_ports(client, names.prefix(name, names.INGRESS)),
        data_root=data_root,
        seats_running=len(running),
        images_present=images.built,
    )


def _own_subnets(client: docker.APIClient, classroom: str) -> Collection[IPv4Network]:
    with explained("list networks"):
        found = client.networks(filters={"label": f"{names.LABEL_CLASSROOM}={classroom}"})
    return {IPv4Network(c["Subnet"]) for n in found for c in n["IPAM"]["Config"] or ()}


def _behind_dockers_bridges() -> Collection[IPv4Network]:
    routes = parse_routes(ip_routes(), ours=())
    return {route.network for route in routes if _DOCKERS_BRIDGE.fullmatch(route.device)}


def _own_ports(client: docker.APIClient, ingress: str) -> frozenset[int]:
    """Return the ports that the classroom's ingress holds already."""
    with explained("look at the ingress"):
        try:
            published = client.inspect_container(ingress)["NetworkSettings"]["Ports"] or {}
        except NotFound:
            return frozenset()
    return frozenset(int(b["HostPort"]) for bindings in published.values() for b in bindings or ())
