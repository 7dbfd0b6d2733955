"""Which site a Host header asks for. Pure; anchored at both ends, one spelling a seat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_SEAT = re.compile(r"s(0[1-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-4])")
_PORT = re.compile(r":[0-9]{1,5}")


class Site(StrEnum):
    """A site of the portal; the value is the first label of its host name."""

    FRONT = ""
    SEAT = "s"
    CONSOLE = "console"
    OPERATOR = "portal"
    METRICS = "metrics"


@dataclass(frozen=True)
class Place:
    """Where a request goes; ``seat`` is ``seat-07`` on a seat's host and empty elsewhere."""

    site: Site
    seat: str = ""


def place(host: str, domain: str) -> Place | None:
    """Return the place that a Host header names, None if it is none of this classroom's."""
    name, colon, port = host.partition(":")
    if colon and not _PORT.fullmatch(colon + port):
        return None
    if name == domain:
        return Place(Site.FRONT)
    if not name.endswith(f".{domain}"):
        return None
    label = name.removesuffix(f".{domain}")
    if label in (Site.CONSOLE, Site.OPERATOR, Site.METRICS):
        return Place(Site(label))
    found = _SEAT.fullmatch(label)
    return Place(Site.SEAT, f"seat-{found[1]}") if found else None


def is_seat(name: str) -> bool:
    """Whether a text is a seat's name, ``seat-07``, in its one spelling."""
    return name.startswith("seat-") and _SEAT.fullmatch(f"s{name[5:]}") is not None
