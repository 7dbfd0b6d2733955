"""The world outside the seats, made for the tests: a network namespace with addresses of all kinds.

No address is probed that these lines did not make.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.security.reach import echoing

NAMESPACE, LINK, INNER_LINK = "cwt-elsewhere", "cwt-out", "out"
HERE, THERE = "198.51.100.253", "198.51.100.254"
"""Ends of the link: RFC 5737 keeps these for documentation, so that nobody else has them."""

PUBLIC = "203.0.113.77"
"""Stands for the internet, from another range for documentation."""

NAMESERVER = "10.213.77.53"

REFUSED = {
    "link-local": "169.254.213.77",
    "10.0.0.0/8": "10.213.77.7",
    "172.16.0.0/12": "172.16.213.77",
    "192.168.0.0/16": "192.168.255.77",
    "carrier-grade NAT": "100.113.213.77",
    "benchmark": "198.18.213.77",
}
"""An address of each kind that `egress: internet` refuses, none from Docker's own first pools."""


@contextmanager
def elsewhere() -> Iterator[None]:
    """Make the namespace, routes to it, and somebody who answers at each of its addresses."""
    everything = [PUBLIC, NAMESERVER, *REFUSED.values()]
    _remove()
    for address in (HERE, *everything):
        _nobody_has(address)
    try:
        _ip("netns", "add", NAMESPACE)
        _ip("link", "add", LINK, "type", "veth", "peer", "name", INNER_LINK, "netns", NAMESPACE)
        _ip("address", "add", f"{HERE}/30", "dev", LINK)
        _ip("link", "set", LINK, "up")
        inside = ("-n", NAMESPACE)
        _ip(*inside, "address", "add", f"{THERE}/30", "dev", INNER_LINK)
        _ip(*inside, "link", "set", INNER_LINK, "up")
        _ip(*inside, "link", "set", "lo", "up")
        _ip(*inside, "route", "add", "default", "via", HERE)
        for address in everything:
            _ip(*inside, "address", "add", f"{address}/32", "dev", "lo")
            _ip("route", "add", f"{address}/32", "via", THERE)
        with echoing(everything, inside=("ip", "netns", "exec", NAMESPACE)):
            yield
    finally:
        _remove()


def _remove() -> None:
    for command in (("link", "del", LINK), ("netns", "del", NAMESPACE)):
        with suppress(subprocess.CalledProcessError):
            _ip(*command)


def _nobody_has(address: str) -> None:
    """Refuse an address to which this machine has a route of its own, other than the default."""
    routes = _ip("-4", "route", "show", "table", "all", "match", address)
    near = [line for line in routes.splitlines() if not line.startswith("default")]
    assert not near, f"{address} is somebody's here: {near}"


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout
