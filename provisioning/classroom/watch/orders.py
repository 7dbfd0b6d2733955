"""What the portal may ask of the host: a closed list of verbs, read strictly. Pure.

The portal stands at the front door and is not trusted: it can name a seat, and one of its
components, and one of four verbs; never a container, a command or a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from classroom.errors import RefusedError
from classroom.plan import names
from classroom.probe.reply import clip
from classroom.spec.model import COMPONENTS
from classroom.spec.verbs import Verb
from classroom.watch.quota import Usage

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


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


def read_order(data: Mapping[str, object]) -> Order:
    """Return the order in ``data``, an element of the queue.

    Raises:
        RefusedError: it is none of the closed list, or about nothing that a seat could have.
    """
    verb, seat, component = (data.get(key) for key in ("verb", "seat", "component"))
    if not isinstance(verb, str) or verb not in list(Verb):
        raise RefusedError(f"no such verb: {clip(repr(verb), 40)}")
    if not isinstance(seat, str) or names.seat_number(seat) is None:
        raise RefusedError(f"no such seat: {clip(repr(seat), 40)}")
    order = Order(Verb(verb), seat)
    if order.verb is not Verb.RESTART:
        return order
    if component not in COMPONENTS:
        raise RefusedError(f"no seat has a component {clip(repr(component), 40)}")
    return Order(order.verb, seat, str(component))


def allow(order: Order, seats: Mapping[str, frozenset[str]], usage: Mapping[str, Usage]) -> None:
    """Refuse what is about nothing of this classroom, undoes watch's work, or changes nothing.

    Args:
        order: what is asked, anything but a cut.
        seats: seat -> its components, of all seats that there are.
        usage: component -> its volume, of the seat's; empty while nothing is known.

    Raises:
        RefusedError: with the verb that helps instead.
    """
    if order.seat not in seats:
        raise RefusedError(f"no such seat: {order.seat}")
    if order.component and order.component not in seats[order.seat]:
        raise RefusedError(f"{order.seat} has no component {order.component}")
    own = usage.get(order.component)
    if order.verb is Verb.RESTART and own is not None and own.full:
        raise RefusedError(
            f"{order.component} of {order.seat} is over its quota: {own.words}; "
            "lift the quota instead"
        )
    if order.verb is Verb.LIFT_QUOTA and not usage:
        raise RefusedError(f"how full {order.seat} is has not been measured yet")
    if order.verb is Verb.LIFT_QUOTA and not any(one.warned for one in usage.values()):
        component, most = max(usage.items(), key=lambda item: item[1].used / item[1].limit)
        raise RefusedError(f"{order.seat} has room: of {component}, {most.words}")
