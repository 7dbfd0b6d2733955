"""What can be done to seats: by the host through the operator's API, by the instructor's console.

Each is written as a whole or not at all, is in the audit log, and wakes the open pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from classroom.spec import codes, hashing
from classroom.spec.verbs import Verb
from portal.context import Context
from portal.people import people
from portal.progress import Progress
from portal.store.notes import ANNOUNCEMENT, AUTHORITY, PASSWORD
from portal.store.results import Result
from portal.store.seats import Seat
from portal.store.sessions import Kind
from portal.store.verbs import Order


@dataclass(frozen=True)
class Wanted:
    """A seat as the host wants it: who is expected, and the hash of its card's code.

    Without a hash it keeps the code that it has.
    """

    attendee: str
    code_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class Synced:
    """What a sync came to: names of seats, by number."""

    added: list[str]
    rotated: list[str]
    removed: list[str]


def sync(context: Context, wanted: Mapping[str, Wanted]) -> Synced:
    """Make the list of seats what the host says; a changed hash ends a seat's sessions.

    Raises:
        LookupError: a seat that is not known has no hash either; nothing was changed.
    """
    seats = context.store.seats
    known = {seat.name: seat for seat in seats.all()}
    hashes = {name: _hash(name, seat, known.get(name)) for name, seat in wanted.items()}
    done = Synced(
        added=[name for name in wanted if name not in known],
        rotated=[n for n in wanted if n in known and known[n].code_hash != hashes[n]],
        removed=[name for name in known if name not in wanted],
    )
    with context.store.database.transaction():
        for name in done.added:
            seats.add(name, wanted[name].attendee, hashes[name], context.clock())
        for name in known.keys() & wanted.keys():
            seats.rename(name, wanted[name].attendee)
        for name in done.rotated:
            seats.recode(name, hashes[name])
            _revoke(context, name)
        for name in done.removed:
            seats.remove(name)
    for name in done.rotated:
        context.audit.log("rotated", seat=name, by="operator")
    for name in done.removed:
        context.audit.log("removed", seat=name, by="operator")
    context.changes.happened()
    return done


def _hash(name: str, seat: Wanted, known: Seat | None) -> str:
    if seat.code_hash is not None:
        return seat.code_hash
    if known is None:
        raise LookupError(f"{name} is not known yet and needs a code_hash")
    return known.code_hash


def advance(context: Context, progress: Progress, results: Sequence[Result]) -> None:
    """Take how far the seats are."""
    with context.store.database.transaction():
        context.store.results.take(results, context.clock())
    context.progress = progress
    context.changes.happened()


def release(context: Context, seat: str) -> None:
    """Free a seat: its sessions end and its API key with them; the code stays good.

    Whom the console had moved there is not expected any more: the seat is spare again.
    """
    with context.store.database.transaction():
        context.store.seats.move_out(seat)
        _revoke(context, seat)
    context.audit.log("released", seat=seat, by="console")
    context.changes.happened()


async def reissue(context: Context, seat: str) -> codes.Code:
    """Give a seat a new code, end what the old one opened; return the code, to show once."""
    code, code_hash = await _new_code(context, seat)
    with context.store.database.transaction():
        context.store.seats.recode(seat, code_hash)
        _revoke(context, seat)
    context.audit.log("rotated", seat=seat, by="console")
    context.changes.happened()
    return code


async def move(context: Context, seat: str, to: str, who: str) -> codes.Code | None:
    """Give the attendee of a seat a spare one: their name, a new code; None if it is not spare."""
    code, code_hash = await _new_code(context, to)
    with context.store.database.transaction():
        # Asked now: while the hash took its time, somebody else may have got the seat.
        spare = context.store.seats.get(to)
        if spare is None or spare.attendee or sitting(context, to):
            return None
        context.store.seats.move_in(to, who)
        context.store.seats.recode(to, code_hash)
        _revoke(context, to)
    context.audit.log("moved", seat=seat, to=to, name=who)
    context.audit.log("rotated", seat=to, by="console")
    context.changes.happened()
    return code


def sitting(context: Context, seat: str) -> str:
    """Return who has claimed a seat, the first if there are several, or nothing."""
    sessions = context.store.sessions.of_seat(seat, context.clock())
    return next((person.name for person in people(sessions)), "")


async def _new_code(context: Context, seat: str) -> tuple[codes.Code, str]:
    code = codes.new_code(int(seat.removeprefix("seat-")))
    async with context.hashing:
        return code, await asyncio.to_thread(hashing.hashed, str(code))


def enter(context: Context, seat: str) -> str:
    """Return the address at which a helper enters a seat, good once and for a minute."""
    token = context.tickets.issue(seat, context.clock())
    return f"{context.settings.seat_url(seat)}/claim#helper={token}"


def leave(context: Context, token: str) -> None:
    """End a device's session, and what it has open in its seat.

    Nobody can tell apart whose connections these are, so the seat's other devices lose theirs for
    a moment as well. An attendee may have that done a few times a minute and no more: each costs
    this machine a container.
    """
    now = context.clock()
    with context.store.database.transaction():
        session = context.store.sessions.close(token)
        if session is None:
            return
        if session.kind is Kind.HELPER or not context.sign_outs.wait(session.seat, now):
            context.store.verbs.add(Verb.CUT, session.seat, now)
    if session.kind is Kind.ATTENDEE:
        context.sign_outs.count(session.seat, now)
    context.audit.log("left", seat=session.seat, name=session.name)
    context.changes.happened()


def end_visits(context: Context) -> None:
    """End the visits of helpers who forgot to leave, and what they have open."""
    now = context.clock()
    with context.store.database.transaction():
        ended = context.store.sessions.close_overstayed(now)
        for session in ended:
            context.store.verbs.add(Verb.CUT, session.seat, now)
    for session in ended:
        context.audit.log("helper's time ran out", seat=session.seat)
    if ended:
        context.changes.happened()


def ask(context: Context, verb: Verb, seat: str, component: str = "") -> Order:
    """Ask watch, on the host, for something; ValueError as in `Verbs.add`."""
    order = context.store.verbs.add(verb, seat, context.clock(), component)
    context.audit.log("asked", verb=verb.value, seat=seat, component=component, id=order.id)
    context.changes.happened()
    return order


def announce(context: Context, text: str) -> None:
    """Show a text in all homes; an empty one takes it away."""
    at = datetime.fromtimestamp(context.clock(), UTC).isoformat(timespec="seconds")
    value = json.dumps({"text": text, "at": at}) if text else ""
    context.store.notes.set(ANNOUNCEMENT, value)
    context.audit.log("announced", text=text)
    context.changes.happened()


def set_password(context: Context, password_hash: str) -> None:
    """Change the console's password; whoever is in has to log in again."""
    with context.store.database.transaction():
        context.store.notes.set(PASSWORD, password_hash)
        context.store.console_sessions.close_all()
    context.audit.log("password set", by="operator")
    context.changes.happened()


def vouch(context: Context, fingerprint: str) -> None:
    """Show the fingerprint of the classroom's own authority where its root is offered."""
    context.store.notes.set(AUTHORITY, fingerprint)


def _revoke(context: Context, seat: str) -> None:
    """Refuse first; what is open already is cut by the host, since it does not ask again."""
    context.store.sessions.close_seat(seat)
    context.store.seats.raise_generation(seat)
    context.store.verbs.add(Verb.CUT, seat, context.clock())
