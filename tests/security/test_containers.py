"""What every container of the room is, by the engine's word and by the kernel's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.utils import parse_bytes

from classroom.plan import names
from tests.integration.conftest import Room
from tests.security.rooms import containers

AT_LEAST = 8
USER = "10001"
MOST_LOG_BYTES = 32 * 1024 * 1024
"""Of a container; a limit that no disk has room for is none."""
NO_CAPABILITY = "0" * 16
NET_ADMIN = f"{1 << 12:016x}"  # capabilities(7), linux/capability.h


def nothing_found(found: Iterable[str]) -> None:
    __tracebackhide__ = True
    lines = list(found)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def each(room: Room) -> Iterator[tuple[str, dict[str, Any]]]:
    found = containers(room)
    least = "two seats of three components, an ingress and a portal"
    assert len(found) >= AT_LEAST, f"{least}, not {list(found)}"
    yield from found.items()


def cuts(container: dict[str, Any]) -> bool:
    """Whether it ends open connections: the only one ever given a capability, for a second."""
    labels = container["Config"]["Labels"]
    return bool(labels.get(names.LABEL_COMPONENT) == names.CUTTER)


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
        for what, is_so in _privileges(room, container).items()
        if is_so
    )


def _privileges(room: Room, container: dict[str, Any]) -> dict[str, bool]:
    host = container["HostConfig"]
    shared = ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode")
    lent, borrowed = set[str](), set[str]()
    if cuts(container):
        ingress = room.client.inspect_container(f"{room.name}-ingress")["Id"]
        lent, borrowed = {"NET_ADMIN"}, {f"container:{ingress}"}
    added = {capability.removeprefix("CAP_") for capability in host["CapAdd"] or ()} - lent
    return {
        "is privileged": host["Privileged"],
        f"has added capabilities {sorted(added)}": bool(added),
        "keeps capabilities of the engine's choice": host["CapDrop"] != ["ALL"],
        f"has devices {host['Devices']}": bool(host["Devices"]),
    } | {
        f"shares the machine's {key}": host[key] == "host" or host[key].startswith("container:")
        for key in shared
        if host[key] not in borrowed
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
    cutters = {name for name, container in each(room) if cuts(container)}
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
    of_a_cutter = {"CapBnd": NET_ADMIN, "NoNewPrivs": "1", "Seccomp": "2"}
    processes = list(_processes(room))
    assert len(processes) >= 2 * AT_LEAST, "an init and a program in each container"
    nothing_found(
        f"{name}, {process}: {field} is {status.get(field)}, not {value}"
        for name, process, status in processes
        for field, value in (of_a_cutter if name in cutters else wanted).items()
        if status.get(field) != value
    )


def _processes(room: Room) -> Iterator[tuple[str, str, dict[str, str]]]:
    known = {container["Id"]: name for name, container in each(room)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found = re.search(r"[0-9a-f]{64}", (process / "cgroup").read_text())
            if found is None or found[0] not in known:
                continue
            lines = (process / "status").read_text().splitlines()
        except OSError:
            continue  # ended meanwhile
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        if status["State"].startswith("Z"):
            continue
        yield known[found[0]], f"process {process.name} ({status['Name']})", status


# 11.


def test_everything_is_finite(room: Room) -> None:
    nothing_found(
        f"{name} has no limit on {what}"
        for name, container in each(room)
        for what, has in _limits(container["HostConfig"]).items()
        if not has
    )


def _limits(host: dict[str, Any]) -> dict[str, bool]:
    tmpfs = [m for m in host.get("Mounts") or () if m["Type"] == "tmpfs"]
    sizes = [m.get("TmpfsOptions", {}).get("SizeBytes") for m in tmpfs]
    sizes += ["size=" in options for options in (host.get("Tmpfs") or {}).values()]
    return {
        "memory": bool(host["Memory"]),
        "swap": host["MemorySwap"] == host["Memory"],
        "CPUs": bool(host["NanoCpus"]),
        "processes": (host["PidsLimit"] or 0) > 0,
        "its log": 0 < _log_bytes(host["LogConfig"]["Config"] or {}) <= MOST_LOG_BYTES,
        "its /tmp": bool(sizes) and all(sizes),
        "its root": host["ReadonlyRootfs"],
    }


def _log_bytes(options: dict[str, str]) -> int:
    """Return what a container's log may grow to; 0 where nothing bounds it."""
    return int(parse_bytes(options.get("max-size", "0"))) * int(options.get("max-file", "1"))
