"""Who is in a seat: sessions taken together by person. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.store.sessions import Kind, Session


@dataclass(frozen=True)
class Person:
    """Somebody who claimed a seat: since when (seconds since 1970), on how many devices."""

    name: str
    at: float
    devices: int


def by_seat(sessions: Iterable[Session]) -> Mapping[str, list[Session]]:
    """Arrange sessions by seat, in the order given; a seat without any has an empty list."""
    found: defaultdict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        found[session.seat].append(session)
    return found


def people(sessions: Iterable[Session]) -> list[Person]:
    """Return who is in a seat, in the order in which they came; a helper is nobody here.

    A name is the same person however it is capitalised: a second device joins the first.
    """
    found: dict[str, list[Session]] = {}
    for session in sorted(sessions, key=lambda session: session.at):
        if session.kind is Kind.ATTENDEE:
            found.setdefault(session.name.casefold(), []).append(session)
    return [Person(theirs[0].name, theirs[0].at, len(theirs)) for theirs in found.values()]
