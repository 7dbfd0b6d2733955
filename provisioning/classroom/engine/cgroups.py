"""What a container uses, as its cgroup counts it: version 1 and version 2. Anybody may read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NANOSECONDS, MICROSECONDS = 1e9, 1e6


@dataclass(frozen=True)
class Group:
    """A container's cgroup: where its counters are."""

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


def group_of(pid: int) -> Group:
    """Return the cgroup of a container's first process.

    Raises:
        OSError: the process has ended.
    """
    return Group(_path(pid, "cpuacct"), _path(pid, "memory"))


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
