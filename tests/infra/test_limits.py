"""No container can take more than its share, by the engine's word and by the kernel's."""

from __future__ import annotations

from tests.infra.findings import expect
from tests.infra.inside import Inside
from tests.infra.live import Component, Inspection

MIB = 1024 * 1024
BILLION = 1_000_000_000


def test_limits(component: Component, container: Inspection) -> None:
    host, limits = container["HostConfig"], component.limits
    expect(
        component,
        seen={
            "memory in MiB": (host["Memory"] or 0) / MIB,
            "memory and swap in MiB": (host["MemorySwap"] or 0) / MIB,
            "CPUs": (host["NanoCpus"] or 0) / BILLION,
            "pids": host["PidsLimit"],
        },
        wanted={
            "memory in MiB": limits.memory_mib,
            "memory and swap in MiB": limits.memory_mib,
            "CPUs": limits.cpus,
            "pids": limits.pids,
        },
    )


def test_limits_in_force(component: Component, inside: Inside) -> None:
    limits = component.limits
    expect(
        component,
        seen=inside.limits,
        wanted={
            "memory in MiB": f"{limits.memory_mib}",
            "swap in MiB": "0",
            "CPUs": f"{limits.cpus:g}",
            "pids": f"{limits.pids}",
        },
    )


def test_log_size(component: Component, container: Inspection) -> None:
    planned, log = component.definition["logging"], container["HostConfig"]["LogConfig"]
    expect(
        component,
        seen={"log driver": log["Type"], **log["Config"]},
        wanted={"log driver": planned["driver"], **planned["options"]},
    )


def test_restart_policy(component: Component, container: Inspection) -> None:
    expect(
        component,
        seen={"restart policy": container["HostConfig"]["RestartPolicy"]["Name"]},
        wanted={"restart policy": component.definition["restart"]},
    )


def test_no_healthcheck(component: Component, container: Inspection) -> None:
    """An exec'd check every few seconds, 280 times, costs a core."""
    check = container["Config"].get("Healthcheck") or {}
    expect(component, seen={"HEALTHCHECK": check.get("Test")}, wanted={"HEALTHCHECK": None})
