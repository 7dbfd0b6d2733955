"""What every container of the room is, by the engine's word and by the kernel's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Room
from tests.security.rooms import containers

USER = "10001"
NO_CAPABILITY = "0" * 16


def nothing_found(found: Iterable[str]) -> None:
    __tracebackhide__ = True
    lines = list(found)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def each(room: Room) -> Iterator[tuple[str, dict[str, Any]]]:
    found = containers(room)
    assert len(found) >= 7, f"two seats of three components and an ingress, not {list(found)}"
    yield from found.items()


# 3.


def test_only_the_ingress_publishes_ports(room: Room) -> None:
    publish = {
        name: sorted(container["HostConfig"]["PortBindings"] or {})
        for name, container in each(room)
    }
    assert publish[f"{room.name}-ingress"], "the ingress publishes nothing: nothing was looked at"
    nothing_found(
        f"{name} publishes {', '.join(ports)}"
        for name, ports in publish.items()
        if ports and name != f"{room.name}-ingress"
    )


# 5.


def test_no_privileges_are_lent(room: Room) -> None:
    nothing_found(
        f"{name} {what}"
        for name, container in each(room)
        for what, is_so in _privileges(container["HostConfig"]).items()
        if is_so
    )


def _privileges(host: dict[str, Any]) -> dict[str, bool]:
    shared = ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode")
    return {
        "is privileged": host["Privileged"],
        f"has added capabilities {host['CapAdd']}": bool(host["CapAdd"]),
        "keeps capabilities of the engine's choice": host["CapDrop"] != ["ALL"],
        f"has devices {host['Devices']}": bool(host["Devices"]),
    } | {
        f"shares the machine's {key}": host[key] == "host" or host[key].startswith("container:")
        for key in shared
    }


def test_nobody_has_the_engines_socket_or_a_folder_of_the_machine(room: Room) -> None:
    nothing_found(
        f"{name} has {mount['Source']} of the machine at {mount['Destination']}"
        for name, container in each(room)
        for mount in container["Mounts"]
        if mount["Type"] == "bind"
    )


# 10.


def test_every_process_is_nobody_special(room: Room) -> None:
    wanted = {
        "Uid": "\t".join([USER] * 4),
        "Gid": "\t".join([USER] * 4),
        "CapInh": NO_CAPABILITY,
        "CapPrm": NO_CAPABILITY,
        "CapEff": NO_CAPABILITY,
        "CapBnd": NO_CAPABILITY,
        "CapAmb": NO_CAPABILITY,
        "NoNewPrivs": "1",
        "Seccomp": "2",  # a filter, proc(5)
    }
    processes = dict(_processes(room))
    assert len(processes) >= 2 * 7, "an init and a program in each container"
    nothing_found(
        f"{place}: {field} is {status.get(field)}, not {value}"
        for place, status in processes.items()
        for field, value in wanted.items()
        if status.get(field) != value
    )


def _processes(room: Room) -> Iterator[tuple[str, dict[str, str]]]:
    names = {container["Id"]: name for name, container in each(room)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found = re.search(r"[0-9a-f]{64}", (process / "cgroup").read_text())
            if found is None or found[0] not in names:
                continue
            lines = (process / "status").read_text().splitlines()
        except OSError:
            continue  # ended meanwhile
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        if status["State"].startswith("Z"):
            continue
        yield f"{names[found[0]]}, process {process.name} ({status['Name']})", status


# 11.


def test_everything_is_finite(room: Room) -> None:
    nothing_found(
        f"{name} has no limit on {what}"
        for name, container in each(room)
        for what, has in _limits(container["HostConfig"]).items()
        if not has
    )


def _limits(host: dict[str, Any]) -> dict[str, bool]:
    log = host["LogConfig"]["Config"] or {}
    tmpfs = [m for m in host.get("Mounts") or () if m["Type"] == "tmpfs"]
    return {
        "memory": bool(host["Memory"]),
        "swap": host["MemorySwap"] == host["Memory"],
        "CPUs": bool(host["NanoCpus"]),
        "processes": (host["PidsLimit"] or 0) > 0,
        "its log": {"max-size", "max-file"} <= log.keys(),
        "its /tmp": bool(tmpfs) and all(m.get("TmpfsOptions", {}).get("SizeBytes") for m in tmpfs),
        "its root": host["ReadonlyRootfs"],
    }
