"""Refuse what this machine cannot hold, before anything is changed."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import docker
from docker.errors import NotFound

from classroom.engine.client import explained
from classroom.engine.images import Images
from classroom.engine.machine import gather
from classroom.errors import PreflightError, SpecError
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.spec import ClassFile, Loaded, MachineFacts, capacity, conflicts


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


def _own_ports(client: docker.APIClient, ingress: str) -> frozenset[int]:
    """Return the ports that the classroom's ingress holds already."""
    with explained("look at the ingress"):
        try:
            published = client.inspect_container(ingress)["NetworkSettings"]["Ports"] or {}
        except NotFound:
            return frozenset()
    return frozenset(int(b["HostPort"]) for bindings in published.values() for b in bindings or ())
