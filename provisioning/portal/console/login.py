"""Who may use the console: whoever knows its password."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import hashing
from portal.context import Context
from portal.limits import Limit
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
"""A minute. A right password never counts, but it waits too once these are reached."""

WHERE = "console"
"""The audit log's word for the place."""


class Login:
    """The console's password and sessions."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cookie = console_cookie(context.settings)
        self._wrong_per_source = Limit(WRONG_PER_SOURCE)
        self._wrong_in_all = Limit(WRONG_IN_ALL)

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
            raise HTTPException(401, "Log in first.")

        return behind

    async def show(self, request: Request) -> Response:
        """Show the form, or the console to whoever is in already."""
        return RedirectResponse("/", 303) if self.signed_in(request) else self._page()

    async def enter(self, request: Request) -> Response:
        """Let in whoever knows the password."""
        password = (await form(request)).get("password", "")
        context, address = self._context, source(request)
        # Asked in here, where few are at a time: a burst of guesses can't slip past the count.
        async with context.hashing:
            if wait := self._wait(address):
                context.audit.refused("rate limited", seat=WHERE, source=address)
                return self._limited(wait)
            stored = context.store.notes.get(PASSWORD)
            right = await asyncio.to_thread(hashing.matches, stored, password)
            if not right:
                self._count(address)
                context.audit.refused("wrong password", seat=WHERE, source=address)
                return self._page(403, "That is not the password.")
        if context.store.notes.get(PASSWORD) != stored:
            return self._page(403, "The password has just been changed.")
        token = context.store.console_sessions.open(context.clock())
        context.audit.log("console login", source=address)
        response = RedirectResponse("/", 303)
        set_session(response, self._cookie, token, context.settings)
        return response

    async def leave(self, request: Request) -> Response:
        """End this session."""
        for token in cookie_values(request.headers, self._cookie):
            self._context.store.console_sessions.close(token)
        self._context.changes.happened()
        response = RedirectResponse("/login", 303)
        forget_session(response, self._cookie, self._context.settings)
        return response

    def _wait(self, address: str) -> int:
        now = self._context.clock()
        return max(self._wrong_per_source.wait(address, now), self._wrong_in_all.wait(WHERE, now))

    def _count(self, address: str) -> None:
        now = self._context.clock()
        self._wrong_per_source.count(address, now)
        self._wrong_in_all.count(WHERE, now)

    def _limited(self, wait: int) -> Response:
        page = self._page(429, f"Too many wrong passwords. Try again in {wait} seconds.")
        page.headers["Retry-After"] = str(wait)
        return page

    def _page(self, status: int = 200, problem: str = "") -> Response:
        page = self._context.pages.page("console/login.html", status, problem=problem)
        # A sibling can set a cookie of this name for the whole domain; nobody is in here anyway.
        forget_session(page, self._cookie, self._context.settings)
        return page
