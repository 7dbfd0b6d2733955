"""Names and labels: the one place that knows what our Docker objects are called.

A classroom called ``temporal`` owns containers, networks and volumes whose names begin with
``temporal-seat-07`` or ``temporal-ingress``. Names make objects readable; *labels* say who owns
them. An object with our name and without our labels is foreign and is never touched.
"""

from __future__ import annotations

import re

LABEL_CLASSROOM = "classroom.name"
LABEL_SEAT = "classroom.seat"
LABEL_COMPONENT = "classroom.component"
LABEL_HASH = "classroom.hash"
LABEL_VERSION = "classroom.version"
LABEL_SOURCE = "classroom.source"

INGRESS = "ingress"
"""The stack of the front door; every other stack is a seat."""

PORTAL = "portal"
"""The component beside the ingress that says who may enter."""

CARRIER = "carrier"
"""Component label of the short-lived container through which files enter and leave volumes."""

CUTTER = "cut"
"""Component label of the short-lived container that ends a seat's open connections."""

_SEAT = re.compile(r"seat-(\d{2,3})")


def seat_name(number: int) -> str:
    """Return ``seat-07`` for 7: two digits, three from 100 on."""
    return f"seat-{number:02d}"


def seat_number(name: str) -> int | None:
    """Return 7 for ``seat-07``, None for anything that is not a seat's one spelling."""
    match = _SEAT.fullmatch(name)
    if match is None or seat_name(int(match[1])) != name or int(match[1]) == 0:
        return None
    return int(match[1])


def prefix(classroom: str, stack: str) -> str:
    """Return the prefix of all names of a stack; it is its Compose project and network too."""
    return f"{classroom}-{stack}"


def container_name(classroom: str, stack: str, component: str) -> str:
    """Return a container's name, which is also the DNS name the ingress reaches it by."""
    base = prefix(classroom, stack)
    return base if component == stack else f"{base}-{component}"


def identity(classroom: str, stack: str, component: str = "") -> dict[str, str]:
    """Return the labels that say whose an object is."""
    labels = {LABEL_CLASSROOM: classroom, LABEL_SEAT: stack}
    if component:
        labels[LABEL_COMPONENT] = component
    return labels
