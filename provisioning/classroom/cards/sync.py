"""Bring the portal's list of seats, and the cards on disk, to what there is to be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from classroom.cards.folder import CardsFolder
from classroom.cards.roster import Change, change
from classroom.cards.sheet import Card
from classroom.operator import Enrolled, Operator, Register
from classroom.plan import names
from classroom.spec.codes import Code, new_code
from classroom.spec.hashing import hashed, matches


def sync(
    operator: Operator,
    folder: CardsFolder,
    register: Register,
    wanted: Mapping[str, str],
    url: Callable[[str], str],
    *,
    rotate: Collection[str] = (),
) -> Change:
    """Give every wanted seat a code that the portal knows; take out all others.

    The cards are written first: should this be cut off in between, the next run hands the codes
    on those cards to the portal.

    Args:
        operator: the portal.
        folder: the cards on disk.
        register: what the portal knows.
        wanted: seat -> who it is meant for.
        url: gives a seat's address.
        rotate: seats that get a new code although they have one.

    Raises:
        PortalError: the portal did not take the list.
        EngineError: the cards can't be read or written.
    """
    cards = folder.codes()
    found = change(wanted, register.seats, cards, rotate=rotate, make=_new_code)
    codes = {**cards, **found.issue}
    folder.write(tuple(Card(codes[s], wanted[s], url(s)) for s in wanted if s in codes))
    if found.needed:
        operator.enrol(_list(found, wanted))
    return found


def stale(register: Register, codes: Mapping[str, Code]) -> tuple[str, ...]:
    """Return the seats whose code on the card is not the one that the portal knows."""
    both = [seat for seat in register.seats if seat in codes]

    def wrong(seat: str) -> bool:
        return not matches(register.seats[seat].code_hash, str(codes[seat]))

    with ThreadPoolExecutor() as pool:
        return tuple(seat for seat, bad in zip(both, pool.map(wrong, both), strict=True) if bad)


def _list(found: Change, wanted: Mapping[str, str]) -> dict[str, Enrolled]:
    # A hash takes tens of milliseconds on purpose, outside of Python's lock.
    with ThreadPoolExecutor() as pool:
        fresh = dict(
            zip(found.issue, pool.map(hashed, map(str, found.issue.values())), strict=True)
        )
    return {seat: Enrolled(name, fresh.get(seat, "")) for seat, name in wanted.items()}


def _new_code(seat: str) -> Code:
    return new_code(names.seat_number(seat) or 0)
