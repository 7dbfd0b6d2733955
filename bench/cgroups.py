"""What the containers use, as their cgroups count it: version 1 and version 2."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench.engine import Engine
from classroom.plan import names

ROOT = Path("/sys/fs/cgroup")
NANOSECONDS, MICROSECONDS = 1e9, 1e6


@dataclass(frozen=True)
class Group:
    """A container's cgroup: whose it is, and where its counters are."""

    container: str
    component: str
    cpu: Path
    memory: Path

    def cpu_seconds(self) -> float:
        """Processor seconds since the container started."""
        usage = self.cpu / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / NANOSECONDS
        return _table(self.cpu / "cpu.stat")["usage_usec"] / MICROSECONDS

    def memory_bytes(self) -> int:
        """Memory nobody else could have: without files that are cached and could be dropped."""
        stat = _table(self.memory / "memory.stat")
        if "total_rss" in stat:
            return stat["total_rss"] + stat["total_shmem"]
        return stat["anon"] + stat["shmem"] + stat["kernel"]


def groups(engine: Engine, classroom: str) -> tuple[Group, ...]:
    """Return the cgroup of every running container of a classroom."""
    listed = engine.owned("/containers/json", classroom)
    return tuple(_group(engine, c["Id"], c["Labels"][names.LABEL_COMPONENT]) for c in listed)


def cpu_by_component(found: tuple[Group, ...]) -> dict[str, float]:
    """Return processor seconds, summed over all seats."""
    total: defaultdict[str, float] = defaultdict(float)
    for group in found:
        total[group.component] += group.cpu_seconds()
    return dict(total)


def memory_by_component(found: tuple[Group, ...]) -> dict[str, int]:
    """Return bytes, summed over all seats."""
    total: Counter[str] = Counter()
    for group in found:
        total[group.component] += group.memory_bytes()
    return dict(total)


def _group(engine: Engine, container: str, component: str) -> Group:
    pid = engine.get(f"/containers/{container}/json")["State"]["Pid"]
    return Group(container, component, _path(pid, "cpuacct"), _path(pid, "memory"))


def _path(pid: int, controller: str) -> Path:
    """Find a process's group (cgroups(7)): a line a controller in version 1, line 0 in 2."""
    unified = Path()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return ROOT / controller / path.lstrip("/")
        if number == "0":
            unified = ROOT / path.lstrip("/")
    return unified


def _table(path: Path) -> dict[str, int]:
    return {key: int(value) for key, value in map(str.split, path.read_text().splitlines())}
