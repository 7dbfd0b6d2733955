"""What the machine has and the classroom's containers use of it, read once a pass."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import docker
from docker.errors import NotFound
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from classroom.engine import cgroups, proc
from classroom.engine import client as engine
from classroom.engine.cgroups import Group
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.observed import Container, Observed
from classroom.watch.hands import ENGINE_SECONDS

WHOSE = ("seat", "component")


class Machine(Collector):
    """Keeps the figures of the last pass; what could not be read is missing."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._disk: Path | None = None
        self._told: tuple[Metric, ...] = ()

    def collect(self) -> Iterator[Metric]:
        """Yield what the last pass read."""
        return iter(self._told)

    def measure(self, seen: Observed) -> None:
        """Read the figures of the machine and of the containers that a pass saw running."""
        running = {c.id: c for c in seen.containers.values() if c.state == "running"}
        for gone in self._groups.keys() - running.keys():
            self._groups.pop(gone)
        with suppress(EngineError):  # The pass itself says that the engine is silent.
            self._meet(running.keys() - self._groups.keys())
        self._told = (*_machine(self._disk), *self._containers(running.values()))

    def _meet(self, new: Iterable[str]) -> None:
        """Ask the engine once about each container that is new, and where it keeps its data."""
        if not new and self._disk is not None:
            return
        with (
            closing(engine.connect(patience=ENGINE_SECONDS)) as client,
            engine.explained("measure the containers"),
        ):
            self._disk = self._disk or Path(client.info()["DockerRootDir"])
            for container in new:
                group = _group(client, container)
                if group is not None:
                    self._groups[container] = group

    def _containers(self, running: Iterable[Container]) -> Iterator[Metric]:
        cpu = CounterMetricFamily(
            "classroom_container_cpu_seconds",
            "Processor time of a container since it started.",
            labels=WHOSE,
        )
        memory = GaugeMetricFamily(
            "classroom_container_memory_bytes",
            "Memory of a container that nobody else could have.",
            labels=WHOSE,
        )
        for container in running:
            group = self._groups.get(container.id)
            whose = [container.labels.get(k, "") for k in (names.LABEL_SEAT, names.LABEL_COMPONENT)]
            if group is None:
                continue
            try:
                seconds, size = group.cpu_seconds(), group.memory_bytes()
            except (OSError, LookupError, ValueError):
                continue  # It has ended since the pass looked, or this kernel counts otherwise.
            cpu.add_metric(whose, seconds)
            memory.add_metric(whose, size)
        yield cpu
        yield memory


def _group(client: docker.APIClient, container: str) -> Group | None:
    """Return a container's cgroup; None when it has ended meanwhile."""
    try:
        return cgroups.group_of(client.inspect_container(container)["State"]["Pid"])
    except (NotFound, OSError):
        return None


def _machine(disk: Path | None) -> Iterator[Metric]:
    processor = proc.processor()
    cpu = CounterMetricFamily(
        "classroom_machine_cpu_seconds",
        "Processor time of the machine since it booted: busy, or stolen by other virtual machines.",
        labels=("mode",),
    )
    cpu.add_metric(["busy"], processor.busy)
    cpu.add_metric(["stolen"], processor.stolen)
    yield cpu
    gauges = {
        "classroom_machine_cores": ("Cores of the machine.", os.cpu_count() or 1),
        "classroom_machine_memory_bytes": ("Memory of the machine.", proc.memory_total()),
        "classroom_machine_memory_available_bytes": (
            "Memory of the machine that could be used without swapping.",
            proc.memory_available(),
        ),
    }
    if disk is not None:
        usage = shutil.disk_usage(disk)
        gauges |= {
            "classroom_machine_disk_bytes": ("Size of the engine's disk.", usage.total),
            "classroom_machine_disk_available_bytes": (
                "Room on the engine's disk for those who are not root.",
                usage.free,
            ),
        }
    for name, (about, value) in gauges.items():
        yield GaugeMetricFamily(name, about, value=value)
