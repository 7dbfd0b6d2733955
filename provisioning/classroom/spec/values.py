"""Kinds of values: what text means, what is allowed, and why a text is refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Generic, TypeVar

from classroom.spec.model import MAX_SEATS
from classroom.spec.problems import Refused

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

MAX_NAME = 20
"""Leaves room for ``-seat-254-prometheus`` and more in a DNS label of 63 characters."""

PRIVATE = tuple(IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""Addresses that nobody on the internet has: RFC 1918."""

SEAT_PREFIX = 16
MAX_DOMAIN = 253 - len("console.")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_REGISTRY = re.compile(
    rf"(?P<host>{_LABEL}(\.{_LABEL})*)(:(?P<port>[0-9]+))?"
    r"(?P<prefix>(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
)
_MIB = {"m": 1, "g": 1024}


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A kind of value.

    Attributes:
        allowed: what may be written, as an instruction: ``use auto, pull or build``.
        parse: turns text into the value; raises `Refused` on one that is not allowed.
    """

    allowed: str
    parse: Callable[[str], T]


def whole(what: str, low: int, high: int) -> Kind[int]:
    """Whole numbers from ``low`` to ``high``, written in plain decimal."""

    def parse(text: str) -> int:
        if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) and low <= int(text) <= high:
            return int(text)
        raise Refused(f"is not {what}")

    return Kind(f"use a whole number from {low} to {high}", parse)


def one_of(choices: type[E]) -> Kind[E]:
    """One word of a closed list."""
    words = [choice.value for choice in choices]
    listed = f"{', '.join(words[:-1])} or {words[-1]}"

    def parse(text: str) -> E:
        if text in words:
            return choices(text)
        near = get_close_matches(text.lower(), words, n=1)
        raise Refused(f"is not {listed}", f"did you mean {near[0]}?" if near else "")

    return Kind(f"use {listed}", parse)


def _name(text: str) -> str:
    if _NAME.fullmatch(text) and len(text) <= MAX_NAME:
        return text
    if _NAME.fullmatch(text):
        raise Refused(f"has {len(text)} characters, and container names are built from it")
    raise Refused("is not a name that DNS allows")


def _domain(text: str) -> str:
    name = text.lower()
    if "://" in name or "/" in name or ":" in name:
        raise Refused("is more than a name", "leave out the scheme, port and path")
    if not _DOMAIN.fullmatch(name) or len(name) > MAX_DOMAIN:
        raise Refused("is not a DNS name")
    if name.rpartition(".")[2].isdigit():
        raise Refused("is an address, and seats need names below it")
    return name


def _listen(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise Refused("is not an IPv4 address") from None
    if not isinstance(address, IPv4Address):
        raise Refused("is an IPv6 address")
    if address.is_multicast or address.is_reserved:
        raise Refused("is no machine's address")
    return str(address)


def _subnet(text: str) -> IPv4Network:
    try:
        network = IPv4Network(text, strict=False)
    except ValueError:
        raise Refused("is not an IPv4 network") from None
    if network.prefixlen != SEAT_PREFIX:
        raise Refused(f"is a /{network.prefixlen}, and {MAX_SEATS} seats of a /24 each fill a /16")
    if not any(network.subnet_of(private) for private in PRIVATE):
        raise Refused("is not private address space")
    if text.partition("/")[0] != str(network.network_address):
        raise Refused("is an address within a network", f"did you mean {network}?")
    return network


def _registry(text: str) -> str:
    if "://" in text:
        raise Refused("has a scheme", f"leave out {text.partition('://')[0]}://")
    found = _REGISTRY.fullmatch(text)
    if not found:
        raise Refused("is not a registry")
    host, port = found["host"], found["port"]
    if port and not (len(port) <= len("65535") and 1 <= int(port) <= 65535):  # noqa: PLR2004
        raise Refused(f"has {port} where a port belongs", "use a port from 1 to 65535")
    if not port and "." not in host and host != "localhost":
        raise Refused(
            f"would be a user called {host} on Docker Hub, which is how Docker reads such a name",
            f"use {host}:443 or the full host name",
        )
    return text


def _version(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}", text):
        return text
    if re.fullmatch(r"[0-9]{1,5}\.[0-9]{1,5}", text):
        raise Refused(
            "is not a full version, and unquoted it is a number to YAML",
            f'give all three parts and quote it, such as "{text}.0"',
        )
    raise Refused("is not a full version")


def memory(least: int, why: str) -> Kind[int]:
    """Memory in MiB, written as ``512m`` or ``1g``; less than ``least`` is refused with why."""

    def parse(text: str) -> int:
        found = re.fullmatch(r"([1-9][0-9]{0,6})([mg])", text.lower())
        if not found:
            bare = text.isascii() and text.isdigit()
            raise Refused("has no unit" if bare else "is not an amount of memory")
        mib = int(found[1]) * _MIB[found[2]]
        if mib < least:
            raise Refused(f"is too little: {why}", f"use {least}m or more")
        return mib

    return Kind(f"use a whole number with m or g, such as 512m or 1g, and {least}m or more", parse)


def _cpus(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
        if float(text) >= MIN_CPUS:
            return float(text)
        raise Refused("is too little: starting would take longer than anybody waits")
    raise Refused("is not a number of CPUs")


MIN_CPUS = 0.1
"""Starting takes Temporal 1 CPU second and the workspace 2 (measured): 10 to 20 s at this."""

NAME = Kind(
    f"use 1 to {MAX_NAME} of a-z, 0-9 and hyphens, with a letter or digit at both ends", _name
)
SEATS = whole("a number of seats", 1, MAX_SEATS)
SPARE = whole("a number of spare seats", 0, MAX_SEATS - 1)
PORT = whole("a port", 1, 65535)
DOMAIN = Kind("use localhost, auto or a DNS name such as class.example.com", _domain)
LISTEN = Kind(
    "use 127.0.0.1 (this machine alone), 0.0.0.0 (every network it is on) or one of its addresses",
    _listen,
)
QUOTA = whole("a number of GiB", 1, 1024)
SUBNET = Kind("use a /16 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", _subnet)
REGISTRY = Kind("use host, host:port or host:port/prefix, such as mirror.example:5000", _registry)
VERSION = Kind('use x.y.z in quotes, such as "1.9.1"', _version)
CPUS = Kind(f"use a number of cores from {MIN_CPUS} up, such as 0.5 or 2.0", _cpus)


def pids(least: int) -> Kind[int]:
    """A limit on processes and threads together, not below what a component itself runs."""
    return whole("a usable number of processes", least, 32768)
