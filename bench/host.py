"""What the machine says of itself and of the engine's own processes."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from classroom.engine.proc import KIB, PROC, TICK, memory_total

ENGINE = ("dockerd", "containerd")
SHIM = "containerd-shim"
"""Processes of the engine: two for all, and a shim for each container."""


def engine_cpu(containers: Collection[str]) -> dict[str, float]:
    """Return processor seconds of the engine's processes since they started, by name.

    Of the shims those of ``containers`` (whole IDs) count.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for pid, name in _engine_processes(containers):
        fields = _read(PROC / pid / "stat").rpartition(")")[2].split()
        if fields:
            found[name] += (int(fields[11]) + int(fields[12])) / TICK
    return dict(found)


def shim_memory(containers: Collection[str]) -> int:
    """Return the bytes of the containers' shims: each one's proportional share (PSS).

    Only root may read it; for others it is 0.
    """
    total = 0
    for pid, name in _engine_processes(containers):
        for line in _read(PROC / pid / "smaps_rollup").splitlines():
            if name == SHIM and line.startswith("Pss:"):
                total += int(line.split()[1]) * KIB
    return total


def _engine_processes(containers: Collection[str]) -> Iterator[tuple[str, str]]:
    for process in PROC.iterdir():
        if not process.name.isdigit():
            continue
        name = _read(process / "comm").strip()
        if name in ENGINE:
            yield process.name, name
        elif name == SHIM:
            words = _read(process / "cmdline").split("\0")
            if any(word in containers for word in words):
                yield process.name, name


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it ended since it was listed, or is another user's


def machine() -> str:
    """Return this machine in one line."""
    names = [
        line.split(":", 1)[1].strip()
        for line in (PROC / "cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores, release = os.cpu_count(), platform.freedesktop_os_release()["PRETTY_NAME"]
    kind = names[0] if names else platform.machine()
    memory, kernel = memory_total() / 2**30, platform.release()
    return f"{cores} x {kind}, {memory:.1f} GiB, {release}, kernel {kernel}"
