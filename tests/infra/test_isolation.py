"""Nothing of the machine is lent to a container."""

from __future__ import annotations

import pytest

from classroom.engine import client as engine
from tests.infra.findings import expect
from tests.infra.live import Component, Inspection


@pytest.fixture(scope="session")
def cgroup_version() -> str:
    with engine.explained("ask the engine about itself"):
        return str(engine.connect().info()["CgroupVersion"])


def test_no_privileges(component: Component, container: Inspection) -> None:
    host = container["HostConfig"]
    wanted = {
        "Privileged": False,
        "CapAdd": [],
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "Devices": [],
        "DeviceCgroupRules": [],
        "DeviceRequests": [],
        "GroupAdd": [],
        "Sysctls": component.definition.get("sysctls", {}),
    }
    # The engine says null where nothing was asked for.
    seen = {key: host.get(key) or type(value)() for key, value in wanted.items()}
    expect(component, seen=seen, wanted=wanted)


def test_no_namespaces_of_others(
    component: Component, container: Inspection, cgroup_version: str
) -> None:
    host = container["HostConfig"]
    kinds = ("PidMode", "IpcMode", "UTSMode", "UsernsMode")
    borrowed = {k: host[k] for k in kinds if host[k] == "host" or host[k].startswith("container:")}
    if cgroup_version != "1" and host["CgroupnsMode"] == "host":
        borrowed["CgroupnsMode"] = "host"  # with cgroup v1 there is no other
    expect(
        component,
        seen={"NetworkMode": host["NetworkMode"], "borrowed namespaces": borrowed},
        wanted={"NetworkMode": component.stack.network, "borrowed namespaces": {}},
    )
