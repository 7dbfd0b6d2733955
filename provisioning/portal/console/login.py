"""Who may use the console: whoever knows its password."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import hashing
from portal.context import Context
from portal.guesses import Guesses, Heard
from portal.store.notes import PASSWORD
from portal.web.bodies import form
from portal.web.site import Endpoint
from portal.web.visitor import (
    accepts_html,
    console_cookie,
    cookie_values,
    forget_session,
    set_session,
    source,
)

WRONG_PER_SOURCE = 10
WRONG_IN_ALL = 60
"""A minute. Beyond, passwords are still heard, slowly."""

WHERE = "console"
"""The audit log's word for the place."""


class Login:
    """The console's password and sessions."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cookie = console_cookie(context.settings)
        self._guesses = Guesses(
            context.hashing, context.clock, most=WRONG_PER_SOURCE, in_all=WRONG_IN_ALL
        )

    def signed_in(self, request: Request) -> bool:
        """Whether a request carries a session of the console; asked anew each time."""
        tokens = cookie_values(request.headers, self._cookie)
        return len(tokens) == 1 and self._context.store.console_sessions.valid(
            tokens[0], self._context.clock()
        )

    def required(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind the login: browsers are sent there, programs get a 401."""

        async def behind(request: Request) -> Response:
            if self.signed_in(request):
                return await endpoint(request)
            if request.method == "GET" and accepts_html(request):
                return RedirectResponse("/login", 303)
            self._context.audit.refused("not logged in", seat=WHERE, source=source(request))
            raise HTTPException(401, "Log in first.")

        return behind

    async def show(self, request: Request) -> Response:
        """Show the form, or the console to whoever is in already."""
        return RedirectResponse("/", 303) if self.signed_in(request) else self._page()

    async def enter(self, request: Request) -> Response:
        """Let in whoever knows the password."""
        password = (await form(request)).get("password", "")
        context, address = self._context, source(request)
        heard = await self._guesses.hear(address, partial(self._right, password), source=address)
        if not heard.right:
            reason = "rate limited" if heard.wait else "wrong password"
            context.audit.refused(reason, seat=WHERE, source=address)
            return self._wrong(heard)
        with context.store.database.transaction():
            token = context.store.console_sessions.open(context.clock())
        context.audit.log("console login", source=address)
        response = RedirectResponse("/", 303)
        set_session(response, self._cookie, token, context.settings)
        return response

    async def leave(self, request: Request) -> Response:
        """End this session."""
        known = self.signed_in(request)
        for token in cookie_values(request.headers, self._cookie):
            self._context.store.console_sessions.close(token)
        if known:
            self._context.audit.log("console logout")
        self._context.changes.happened()
        response = RedirectResponse("/login", 303)
        forget_session(response, self._cookie, self._context.settings)
        return response

    async def _right(self, password: str) -> bool:
        notes = self._context.store.notes
        stored = notes.get(PASSWORD)
        right = await asyncio.to_thread(hashing.matches, stored, password)
        # While that took its time, it may have been changed.
        return right and notes.get(PASSWORD) == stored

    def _wrong(self, heard: Heard) -> Response:
        if not heard.wait:
            return self._page(403, "That is not the password.")
        said = "That is not the password" if heard.checked else "It had no turn"
        page = self._page(429, f"{said}, and there were many wrong ones in the last minute.")
        page.headers["Retry-After"] = str(heard.wait)
        return page

    def _page(self, status: int = 200, problem: str = "") -> Response:
        page = self._context.pages.page("console/login.html", status, problem=problem)
        # A sibling can set a cookie of this name for the whole domain; nobody is in here anyway.
        forget_session(page, self._cookie, self._context.settings)
        return page
