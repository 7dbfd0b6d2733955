"""The operator's API: what the host's commands and watch ask and tell. JSON both ways."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from classroom.spec import keys
from portal import actions
from portal.context import Context
from portal.guard import behind
from portal.operator import measured, reading, told
from portal.operator.values import WrongError
from portal.people import by_seat, people
from portal.store.notes import PASSWORD
from portal.store.seats import Seat
from portal.store.sessions import Session
from portal.web.bodies import json_object
from portal.web.site import Endpoint

LONGEST_WAIT = 30.0
"""Seconds that a poll may stay open."""


class Api:
    """The endpoints; :meth:`guarded` puts the operator key before each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = keys.operator_key(context.settings.signing_key)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind the operator key, and with 400 for what it can't read."""

        async def understood(request: Request) -> Response:
            try:
                return await endpoint(request)
            except WrongError as error:
                raise HTTPException(400, f"{error}.") from None

        return behind(self._context, self._key, "operator key", understood)

    async def seats(self, request: Request) -> Response:
        """All seats: who is expected, who is in, when they were last used."""
        store = self._context.store
        sessions = by_seat(store.sessions.all(self._context.clock()))
        seats = {seat.name: self._seat(seat, sessions[seat.name]) for seat in store.seats.all()}
        return JSONResponse({"seats": seats, "password_set": bool(store.notes.get(PASSWORD))})

    async def sync(self, request: Request) -> Response:
        """Make the list of seats what the body says."""
        wanted = reading.wanted(await json_object(request))
        try:
            done = actions.sync(self._context, wanted)
        except LookupError as error:
            raise HTTPException(409, f"{error.args[0]}.") from None
        return JSONResponse({"added": done.added, "rotated": done.rotated, "removed": done.removed})

    async def password(self, request: Request) -> Response:
        """Change the console's password."""
        password_hash = reading.password_hash(await json_object(request))
        actions.set_password(self._context, password_hash)
        return JSONResponse({})

    async def vouch(self, request: Request) -> Response:
        """Take the fingerprint of the classroom's own authority."""
        actions.vouch(self._context, reading.fingerprint(await json_object(request)))
        return JSONResponse({})

    async def observe(self, request: Request) -> Response:
        """Take what watch saw."""
        body = await json_object(request)
        self._context.observation = reading.observation(body, self._context.clock())
        self._context.changes.happened()
        return JSONResponse({})

    async def advance(self, request: Request) -> Response:
        """Take how far the seats are."""
        body = await json_object(request)
        found, results = told.progress(body, self._context.clock()), told.results(body)
        actions.advance(self._context, found, results)
        return JSONResponse({})

    async def measure(self, request: Request) -> Response:
        """Take watch's own metrics."""
        body = await json_object(request)
        self._context.watched = measured.watched(body, self._context.clock())
        return JSONResponse({})

    async def queue(self, request: Request) -> Response:
        """Hand out verbs; wait for one if there is none."""
        context = self._context
        until = context.clock() + _wait(request.query_params.get("wait", "0"))
        while True:
            version = context.changes.version
            # To somebody who has left, a verb would be lost until its lease ends.
            gone = await request.is_disconnected()
            orders = [] if gone else context.store.verbs.take(context.clock())
            left = until - context.clock()
            if orders or gone or left <= 0 or context.changes.ended:
                break
            await context.changes.after(version, left)
        verbs = [
            {"id": o.id, "verb": o.verb.value, "seat": o.seat, "component": o.component}
            for o in orders
        ]
        return JSONResponse({"verbs": verbs})

    async def finish(self, request: Request) -> Response:
        """Take how a verb ended."""
        context = self._context
        ok, detail = reading.outcome(await json_object(request))
        id_ = request.path_params["id"]
        order = context.store.verbs.finish(id_, context.clock(), ok=ok, detail=detail)
        if order is None:
            raise HTTPException(404, "No such verb is waiting for an answer.")
        context.audit.log(
            "done",
            verb=order.verb.value,
            seat=order.seat,
            component=order.component,
            id=order.id,
            ok=ok,
            detail=detail,
        )
        context.changes.happened()
        return JSONResponse({})

    def _seat(self, seat: Seat, sessions: list[Session]) -> dict[str, object]:
        active = self._context.activity.get(seat.name, seat.last_activity)
        return {
            "attendee": seat.attendee,
            "moved": seat.moved,
            "code_hash": seat.code_hash,
            "claimed": claims(sessions),
            "generation": seat.generation,
            "last_activity": None if active is None else iso(active),
        }


def claims(sessions: list[Session]) -> list[dict[str, object]]:
    """Return who is in a seat, with when they came first and on how many devices."""
    return [{"name": p.name, "at": iso(p.at), "devices": p.devices} for p in people(sessions)]


def iso(at: float) -> str:
    """Return a time as text, UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _wait(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_WAIT:
        raise HTTPException(400, f"wait is a number of seconds from 0 to {LONGEST_WAIT:.0f}.")
    return seconds
