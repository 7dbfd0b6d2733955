"""What the machine as a whole says of itself (proc(5)). Anybody may read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
KIB = 1024


@dataclass(frozen=True)
class Processor:
    """Seconds of all cores since boot: at work, and taken by other guests of the hypervisor."""

    busy: float
    stolen: float


def processor() -> Processor:
    """Read ``/proc/stat``; waiting for a disk is not work."""
    first = (PROC / "stat").read_text().splitlines()[0].split()
    user, nice, system, _idle, _iowait, irq, softirq, steal, *_ = (int(x) for x in first[1:])
    return Processor((user + nice + system + irq + softirq) / TICK, steal / TICK)


def memory_total() -> int:
    """Return how much memory there is, in bytes."""
    return _memory("MemTotal")


def memory_available() -> int:
    """Return what could be used without swapping, in bytes."""
    return _memory("MemAvailable")


def _memory(wanted: str) -> int:
    for line in (PROC / "meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == wanted:
            return int(value.split()[0]) * KIB
    raise LookupError(wanted)
