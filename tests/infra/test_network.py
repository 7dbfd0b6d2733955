"""Who can reach whom: ports inside and outside, networks and who is on them."""

from __future__ import annotations

import pytest

from classroom.plan import names
from tests.infra.findings import expect, no_findings
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection


def test_ports(component: Component, inside: Inside) -> None:
    contract, seen = component.contract, inside.open_ports
    extra = seen - contract.ports - {*contract.may_listen}
    inner = {port for port in extra if port in inside.ephemeral_ports}
    if len(inner) <= contract.inner_services:
        extra -= inner
    no_findings(
        component,
        [
            *(f"nothing listens on {port}" for port in sorted(contract.ports - seen)),
            *(f"something listens on {port}" for port in sorted(extra)),
        ],
    )


def test_published_ports(component: Component, container: Inspection) -> None:
    planned = {
        f"{port['target']}/tcp": [{"HostIp": port["host_ip"], "HostPort": port["published"]}]
        for port in component.definition.get("ports", ())
    }
    in_force = container["NetworkSettings"]["Ports"]
    expect(
        component,
        seen={
            "published": {port: where for port, where in in_force.items() if where},
            "to be published": container["HostConfig"]["PortBindings"] or {},
            "all ports published": container["HostConfig"]["PublishAllPorts"],
        },
        wanted={"published": planned, "to be published": planned, "all ports published": False},
    )


def test_networks(component: Component, container: Inspection, classroom: Classroom) -> None:
    """A component is on its seat's network alone; the ingress is on every one."""
    stacks = classroom.stacks if component.name == names.INGRESS else [component.stack.name]
    wanted = {classroom.stacks[stack].network for stack in stacks}
    seen = set(container["NetworkSettings"]["Networks"])
    no_findings(
        component,
        [
            *(f"is not on network {network}" for network in sorted(wanted - seen)),
            *(f"is on network {network}" for network in sorted(seen - wanted)),
        ],
    )


def test_network(stack: str, classroom: Classroom) -> None:
    planned = classroom.stacks[stack]
    network = classroom.networks.get(planned.network)
    if network is None:
        pytest.fail(f"{stack}: there is no network {planned.network}", pytrace=False)
    labels = names.identity(classroom.class_file.name, stack)
    expect(
        stack,
        seen={
            "driver": network["Driver"],
            "subnets": [pool.get("Subnet") for pool in network["IPAM"]["Config"] or ()],
            "IPv6": network["EnableIPv6"],
            "labels": network["Labels"],
        },
        wanted={
            "driver": "bridge",
            "subnets": [planned.subnet],
            "IPv6": False,
            "labels": labels,
        },
    )


def test_nobody_else_on_the_network(stack: str, classroom: Classroom) -> None:
    """Not even a stopped container, nor one that lives in another's network namespace."""
    planned = classroom.stacks[stack]
    own = {service.container for service in planned.services}
    own.add(names.prefix(classroom.class_file.name, names.INGRESS))
    ids = {c["Id"] for c in classroom.containers if c["Names"][0].lstrip("/") in own}
    no_findings(
        stack,
        (
            f"container {name} ({other['Image']}) is on its network"
            for other in classroom.containers
            if (name := other["Names"][0].lstrip("/")) not in own
            and (
                planned.network in other["NetworkSettings"]["Networks"]
                or other["HostConfig"]["NetworkMode"].removeprefix("container:") in ids
            )
        ),
    )


@pytest.mark.only("ingress")
def test_forwards_nothing(component: Component, inside: Inside) -> None:
    """A container on every seat's network must not be a road between them."""
    answer = inside.answers["forwarding"]
    lines = answer.text.splitlines()
    no_findings(component, [] if lines and not answer.code else [f"no answer: {answer.text}"])
    no_findings(component, (f"{line}, wanted 0" for line in lines if not line.endswith(":0")))
