"""Claiming a seat: the code of a card and a name, or a helper's single-use token."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import codes, hashing
from portal.access import Pass
from portal.context import Context
from portal.guesses import Guesses
from portal.seat.gate import Gate
from portal.store.sessions import Kind
from portal.web.bodies import form
from portal.web.visitor import cookie_values, seat_cookie, set_session, source

NAME_LENGTH = 60

BLANKS = "\u034f\u115f\u1160\u2800\u3164\uffa0"
"""Fillers, and a pattern of Braille without dots: not spaces by name, but nothing is seen."""

JOINERS = "\u200c\u200d"
"""Between two characters they are spelling, in Persian for one, or make one emoji of several."""

WRONG_CODES_PER_SEAT = 10
WRONG_CODES_IN_ALL = 600
"""A minute. Beyond, codes are still heard, slowly; an argon2 hash takes a fiftieth of a second."""

FORBIDDEN, TOO_MANY = 403, 429

HELPER = "Instructor"
"""What a helper's session is called."""


class Claim:
    """The claim page of each seat's host."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate
        self._guesses = Guesses(
            context.hashing, context.clock, most=WRONG_CODES_PER_SEAT, in_all=WRONG_CODES_IN_ALL
        )

    async def show(self, request: Request) -> Response:
        """Show the form; a code in the address's fragment is filled in by the page's script."""
        seat: str = request.scope["seat"]
        if self._context.store.seats.get(seat) is None:
            return self._page(request, 404, problem="absent")
        return self._page(request)

    async def take(self, request: Request) -> Response:
        """Let a device in, or say kindly why not."""
        fields = await form(request)
        if token := fields.get("helper", ""):
            return self._help(request, token)
        return await self._claim(request, fields)

    async def _claim(self, request: Request, fields: Mapping[str, str]) -> Response:
        seat: str = request.scope["seat"]
        typed, name = fields.get("code", ""), presentable(fields.get("name", ""))
        code = codes.parse(typed)
        if code is None:
            return self._page(request, 400, code=typed, name=name, problem="unreadable")
        if code.seat != seat:
            # The code belongs to another host, and only that host's cookie would do.
            return RedirectResponse(
                f"{self._context.settings.seat_url(code.seat)}/claim#{code}", 303
            )
        if self._context.store.seats.get(seat) is None:
            return self._page(request, 404, code=typed, name=name, problem="absent")
        if not name:
            return self._page(request, 400, code=typed, problem="nameless")
        return await self._try(request, code, name)

    async def _try(self, request: Request, code: codes.Code, name: str) -> Response:
        heard = await self._guesses.hear(
            code.seat, partial(self._right, code), source=source(request)
        )
        if heard.right:
            return self._let_in(request, code.seat, Kind.ATTENDEE, name)
        reason = "rate limited" if heard.wait else "wrong code"
        self._context.audit.refused(reason, seat=code.seat, source=source(request))
        problem = "wrong" if heard.checked else "limited"
        status = TOO_MANY if heard.wait else FORBIDDEN
        page = self._page(
            request, status, code=str(code), name=name, problem=problem, wait=heard.wait
        )
        if heard.wait:
            page.headers["Retry-After"] = str(heard.wait)
        return page

    def _help(self, request: Request, token: str) -> Response:
        seat: str = request.scope["seat"]
        known = self._context.store.seats.get(seat) is not None
        if self._context.tickets.redeem(token, seat, self._context.clock()) and known:
            return self._let_in(request, seat, Kind.HELPER, HELPER)
        self._context.audit.refused("helper's token", seat=seat, source=source(request))
        return self._page(request, 403, problem="token")

    def _let_in(self, request: Request, seat: str, kind: Kind, name: str) -> Response:
        context, cookie = self._context, seat_cookie(self._context.settings)
        with context.store.database.transaction():
            # A browser that claims again is the same device still.
            for old in cookie_values(request.headers, cookie):
                context.store.sessions.close(old)
            token = context.store.sessions.open(seat, kind, name, context.clock())
        event = "helper entered" if kind is Kind.HELPER else "claimed"
        context.audit.log(event, seat=seat, name=name, source=source(request))
        context.changes.happened()
        response = RedirectResponse("/", 303)
        set_session(response, cookie, token, context.settings)
        return response

    async def _right(self, code: codes.Code) -> bool:
        seat = self._context.store.seats.get(code.seat)
        if seat is None:
            return False
        right = await asyncio.to_thread(hashing.matches, seat.code_hash, str(code))
        # While that took its time, the seat may have got another code.
        now = self._context.store.seats.get(code.seat)
        return right and now is not None and now.code_hash == seat.code_hash

    def _page(
        self,
        request: Request,
        status: int = 200,
        *,
        code: str = "",
        name: str = "",
        problem: str = "",
        wait: int = 0,
    ) -> Response:
        verdict = self._gate.verdict(request, request.method)
        return self._context.pages.page(
            "seat/claim.html",
            status,
            number=request.scope["seat"].removeprefix("seat-"),
            within=verdict.name if isinstance(verdict, Pass) else "",
            code=code,
            name=name,
            problem=problem,
            wait=wait,
        )


def presentable(name: str) -> str:
    """Return a name as it is shown: on one line, without invisible characters, not too long.

    It is empty if there is nothing to see, as with accents that stand on no letter.
    """
    seen = "".join(c if c in JOINERS or _visible(c) else " " for c in name)
    joined = re.sub(rf"(?<![^ {JOINERS}])[{JOINERS}]|[{JOINERS}](?![^ {JOINERS}])", " ", seen)
    shown = " ".join(joined.split())[:NAME_LENGTH].strip(f" {JOINERS}")
    return shown if any(unicodedata.category(c)[0] not in "CM" for c in shown) else ""


def _visible(c: str) -> bool:
    return unicodedata.category(c)[0] not in "CZ" and c not in BLANKS
