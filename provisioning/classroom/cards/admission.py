"""From a plan of seats to a portal that lets their attendees in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from classroom.cards.folder import CardsFolder
from classroom.cards.handover import handed_over, handovers
from classroom.cards.roster import Change, staying
from classroom.cards.sync import sync
from classroom.errors import RefusedError
from classroom.operator import Operator, Register
from classroom.plan import names
from classroom.plan.desired import seat_url
from classroom.probe.target import Frontdoor
from classroom.spec.model import ClassFile


def admit(
    door: Frontdoor,
    class_file: ClassFile,
    root: Path,
    *,
    planned: Mapping[str, bool],
    in_play: Collection[str],
    agreed: bool,
) -> Change:
    """Make the portal know the seats that there are to be, and turn out the others.

    Args:
        door: the way to the portal.
        class_file: says who sits where.
        root: the checkout, which has the cards.
        planned: every seat of the plan -> whether it is wanted.
        in_play: the seats that this run is about.
        agreed: whether seats may change hands.

    Raises:
        RefusedError: seats would change hands, and nobody has agreed to it.
        PortalError: the portal did not take the list.
        EngineError: the cards can't be read or written.
    """
    operator = Operator(door)
    register = operator.register()
    seats = staying(planned, in_play, register.seats)
    wanted = {seat: expected(class_file, seat, register) for seat in seats}
    if (found := handovers(wanted, register.seats)) and not agreed:
        raise RefusedError(
            handed_over(found), remedy="`make provision` asks, and with consent does it"
        )
    folder = CardsFolder(root, class_file.name)
    return sync(operator, folder, register, wanted, partial(seat_url, class_file))


def expected(class_file: ClassFile, seat: str, register: Register) -> str:
    """Return the name of who a seat is meant for; empty when nobody is named.

    Where the list names nobody, it is whom the console has moved there.
    """
    number = names.seat_number(seat) or 0
    people = class_file.attendees
    if 0 < number <= len(people):
        return people[number - 1].name
    known = register.seats.get(seat)
    return known.attendee if known is not None and known.moved else ""
