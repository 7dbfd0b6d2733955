"""Which name servers this machine and its containers ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path

ENGINE_SETTINGS = Path("/etc/docker/daemon.json")
RESOLV_CONF = Path("/etc/resolv.conf")
BEHIND_THE_STUB = Path("/run/systemd/resolve/resolv.conf")
_STUB = IPv4Address("127.0.0.53")


def resolvers() -> tuple[IPv4Address, ...]:
    """Return the name servers that the engine asks from inside a container's network.

    As Docker chooses them (moby, libnetwork/resolvconf): the engine's own setting, else the
    machine's, and those behind systemd's stub where that is all there is. It asks a loopback
    address from the machine's side, which needs no rule, and IPv6 not at all without IPv6.
    """
    servers = _addresses(_engine_setting()) or _addresses(_nameservers(RESOLV_CONF))
    if servers == (_STUB,):
        servers = _addresses(_nameservers(BEHIND_THE_STUB))
    return tuple(server for server in servers if not server.is_loopback)


def _engine_setting() -> list[str]:
    try:
        chosen: list[str] = json.loads(_text(ENGINE_SETTINGS))["dns"]
    except (ValueError, KeyError):
        return []
    return chosen


def _nameservers(path: Path) -> Iterator[str]:
    for line in _text(path).splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and words[1:]:
            yield words[1]


def _addresses(texts: Iterable[str]) -> tuple[IPv4Address, ...]:
    found = []
    for text in texts:
        try:
            address = ip_address(text)
        except ValueError:
            continue  # an IPv6 address with a zone, or nothing that Docker would take either
        if isinstance(address, IPv4Address):
            found.append(address)
    return tuple(dict.fromkeys(found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
