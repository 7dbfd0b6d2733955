"""What the portal may ask of the host: a closed list of verbs, read strictly. Pure.

The portal stands at the front door and is not trusted: it can name a seat, and one of its
components, and one of four verbs; never a container, a command or a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from classroom.errors import RefusedError
from classroom.probe.reply import clip
from classroom.spec.model import COMPONENTS
from classroom.watch.quota import WORKSPACE, Usage

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Verb(StrEnum):
    """All that can be asked for."""

    RESTART = "restart"
    STOP_WORKERS = "stop-workers"
    CUT = "cut"
    LIFT_QUOTA = "lift-quota"


@dataclass(frozen=True)
class Order:
    """One thing to do; ``component`` is empty unless the verb is RESTART."""

    verb: Verb
    seat: str
    component: str = ""

    @property
    def words(self) -> str:
        """The order as one line."""
        return " ".join(part for part in (self.verb, self.seat, self.component) if part)


def order_id(data: object) -> str:
    """Return the id that an answer has to name; empty for something that can't be answered."""
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def read_order(data: Mapping[str, object], seats: Mapping[str, frozenset[str]]) -> Order:
    """Return the order in ``data``.

    Args:
        data: an element of the queue.
        seats: seat -> its components, of all seats that there are.

    Raises:
        RefusedError: it is none of the closed list, or about nothing of this classroom.
    """
    verb, seat, component = (data.get(key) for key in ("verb", "seat", "component"))
    if not isinstance(verb, str) or verb not in list(Verb):
        raise RefusedError(f"no such verb: {clip(repr(verb), 40)}")
    if not isinstance(seat, str) or seat not in seats:
        raise RefusedError(f"no such seat: {clip(repr(seat), 40)}")
    order = Order(Verb(verb), seat)
    if order.verb is not Verb.RESTART:
        return order
    if component not in COMPONENTS or component not in seats[seat]:
        raise RefusedError(f"{seat} has no component {clip(repr(component), 40)}")
    return Order(order.verb, seat, str(component))


def allow(order: Order, usage: Usage | None) -> None:
    """Refuse what would undo what watch keeps up, or make no difference.

    Args:
        order: what is asked.
        usage: the seat's volume; None while it is not known.

    Raises:
        RefusedError: with the verb that helps instead.
    """
    full = usage is not None and usage.full
    if order.verb is Verb.RESTART and order.component == WORKSPACE and usage is not None and full:
        raise RefusedError(f"{order.seat} is over its quota: {usage.words}; lift the quota instead")
    if order.verb is Verb.LIFT_QUOTA and usage is None:
        raise RefusedError(f"how full {order.seat} is has not been measured yet")
    if order.verb is Verb.LIFT_QUOTA and usage is not None and not usage.warned:
        raise RefusedError(f"{order.seat} has room: {usage.words}")
