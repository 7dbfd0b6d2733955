"""What the instructor does at the console: JSON in, JSON out, refusals in words."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from classroom.spec.codes import Code
from classroom.spec.verbs import Verb
from portal import actions
from portal.context import Context
from portal.store.seats import Seat
from portal.web.bodies import json_object
from portal.web.visitor import source

LONGEST_ANNOUNCEMENT = 500


class Orders:
    """Endpoints for people who are logged in."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def open(self, request: Request) -> Response:
        """Return the address at which a helper enters a seat: good once, for a minute."""
        seat = self._seat(request)
        self._context.audit.log("helper called", seat=seat.name, source=source(request))
        return JSONResponse({"url": actions.enter(self._context, seat.name)})

    async def release(self, request: Request) -> Response:
        """End all sessions of a seat; its code stays good."""
        actions.release(self._context, self._seat(request).name)
        return JSONResponse({})

    async def reissue(self, request: Request) -> Response:
        """Give a seat a new code, and show it this once."""
        seat = self._seat(request)
        who = seat.attendee or actions.sitting(self._context, seat.name)
        return self._shown(await actions.reissue(self._context, seat.name), who)

    async def move(self, request: Request) -> Response:
        """Give a seat's attendee a spare seat: a new code there, in their name."""
        seat = self._seat(request)
        spare = self._named((await json_object(request)).get("to"))
        who = actions.sitting(self._context, seat.name) or seat.attendee
        if not who:
            raise HTTPException(409, f"Nobody is in {seat.name} who could move.")
        code = await actions.move(self._context, seat.name, spare.name, who)
        if code is None:
            raise HTTPException(409, f"{spare.name} is no longer spare.")
        return self._shown(code, who)

    async def order(self, request: Request) -> Response:
        """Ask the host for one of its verbs."""
        seat, body = self._seat(request), await json_object(request)
        verb, component = body.get("verb"), body.get("component", "")
        try:
            order = actions.ask(self._context, Verb(str(verb)), seat.name, str(component))
        except ValueError:
            raise HTTPException(400, "The host knows no such order.") from None
        return JSONResponse({"id": order.id}, 202)

    async def announce(self, request: Request) -> Response:
        """Show a text in all homes, or take it away."""
        text = (await json_object(request)).get("text")
        if not isinstance(text, str) or len(text) > LONGEST_ANNOUNCEMENT:
            raise HTTPException(400, f"Write at most {LONGEST_ANNOUNCEMENT} characters.")
        actions.announce(self._context, text.strip())
        return JSONResponse({})

    def _shown(self, code: Code, attendee: str) -> Response:
        url = self._context.settings.url()
        return JSONResponse(
            {"seat": code.seat, "attendee": attendee, "code": str(code), "url": url}
        )

    def _seat(self, request: Request) -> Seat:
        return self._named(request.path_params["seat"])

    def _named(self, name: object) -> Seat:
        seat = self._context.store.seats.get(name) if isinstance(name, str) else None
        if seat is None:
            raise HTTPException(404, "This classroom has no such seat.")
        return seat
