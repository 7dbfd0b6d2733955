"""What ``domain: auto`` stands for: a public name that leads to this machine's own address."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

from classroom.spec.problems import Refused

SERVICE = "sslip.io"
"""Its DNS answers every name with the address that is written in it: https://sslip.io."""

_ELSEWHERE = "192.0.2.1"
"""TEST-NET-1 (RFC 5737): routed like the rest of the world, and nobody is there."""


def lan_address() -> IPv4Address:
    """Return the address by which this machine is known on its network.

    Raises:
        Refused: the machine has no default route, so that no address is more its own than another.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))  # picks a route and an address; nothing is sent
        except OSError:
            raise Refused(
                "needs a default route, and this machine has none",
                f"write the address on the venue's network out, such as 192-168-1-5.{SERVICE}",
            ) from None
        return IPv4Address(probe.getsockname()[0])


def name_of(address: IPv4Address) -> str:
    """Return the domain whose names all lead to an address: ``192-168-1-5.sslip.io``."""
    return f"{str(address).replace('.', '-')}.{SERVICE}"
