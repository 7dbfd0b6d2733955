"""The answers from inside a container, read into facts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

from tests.infra.questions import Answer

_LISTENING = {"0A", "07"}  # TCP_LISTEN, and UDP without a peer; include/net/tcp_states.h
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Process:
    """One process: `/proc/<pid>/status` by field; ``environ`` is None where it can't be read."""

    pid: int
    status: Mapping[str, str]
    argv: bytes = field(repr=False)
    environ: bytes | None = field(repr=False)

    def __str__(self) -> str:
        return f"process {self.pid} ({self.status['Name']})"


@dataclass(frozen=True)
class Mount:
    """One line of `/proc/mounts`."""

    kind: str
    options: frozenset[str]


@dataclass(frozen=True)
class Inside:
    """A container from inside; ``answers`` by question."""

    answers: Mapping[str, Answer]

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """Every process that was there from the first look to the last."""
        lines = (line.split(":") for line in self.answers["processes"].text.splitlines())
        return tuple(
            _process(pid, status, argv, environ)
            for pid, status, argv, environ, fate in lines
            if fate == "there"
        )

    @cached_property
    def mounts(self) -> dict[str, Mount]:
        """What is mounted, by path; of two mounts over each other the upper one."""
        lines = (line.split() for line in self.answers["mounts"].text.splitlines())
        return {path: Mount(kind, frozenset(o.split(","))) for _, path, kind, o, *_ in lines}

    def mount(self, path: str) -> Mount:
        """Return what is mounted exactly there."""
        return self.mounts.get(path, Mount("no mount", frozenset()))

    @cached_property
    def open_ports(self) -> frozenset[int]:
        """Ports, TCP and UDP, on which somebody listens who can be reached from outside."""
        lines = (line.split() for line in self.answers["sockets"].text.splitlines())
        listeners = [words[1].split(":") for words in lines if words[3] in _LISTENING]
        return frozenset(int(port, 16) for address, port in listeners if not _loopback(address))

    @cached_property
    def ephemeral_ports(self) -> range:
        """The ports that the kernel gives to those who ask for any."""
        low, high = self.answers["ephemeral ports"].text.split()
        return range(int(low), int(high) + 1)

    @cached_property
    def limits(self) -> dict[str, str]:
        """What the kernel enforces: MiB, CPUs, processes; the word `none` where it doesn't."""
        lines = (line.partition(":") for line in self.answers["cgroup"].text.splitlines())
        seen = {name: value for name, _, value in lines}
        if "memory.max" in seen:
            quota, _, period = seen.get("cpu.max", "").partition(" ")
            memory, swap = seen["memory.max"], seen.get("memory.swap.max", "")
        else:
            quota = seen.get("cpu/cpu.cfs_quota_us", "")
            period = seen.get("cpu/cpu.cfs_period_us", "")
            memory = seen.get("memory/memory.limit_in_bytes", "")
            both = seen.get("memory/memory.memsw.limit_in_bytes", "")
            swap = str(int(both) - int(memory)) if both.isdigit() and memory.isdigit() else ""
        return {
            "memory in MiB": _number(memory, _MIB),
            "swap in MiB": _number(swap, _MIB),
            "CPUs": _number(quota, int(period or 1)),
            "pids": _number(seen.get("pids.max", seen.get("pids/pids.max", "")), 1),
        }


def _process(pid: str, encoded_status: str, argv: str, environ: str) -> Process:
    lines = base64.b64decode(encoded_status).decode(errors="replace").splitlines()
    status = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    ended = status["State"].startswith("Z")
    unread = environ.endswith("!") and not ended  # who has ended has no environment any more
    return Process(
        pid=int(pid),
        status=status,
        argv=base64.b64decode(argv),
        environ=None if unread else base64.b64decode(environ.removesuffix("!")),
    )


def _loopback(address: str) -> bool:
    """Whether an address of `/proc/net/tcp` is one: words of 32 bits, each in the host's order."""
    packed = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
    one = IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)
    if isinstance(one, IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return one.is_loopback


def _number(value: str, unit: int) -> str:
    return f"{int(value) / unit:g}" if value.lstrip("-").isdigit() and int(value) >= 0 else "none"
