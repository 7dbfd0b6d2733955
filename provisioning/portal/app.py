"""The application: the Host header chooses the site, every answer gets the same guards."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from portal import console, front, operator, seat
from portal.access import SAFE
from portal.audit import Audit
from portal.context import Context
from portal.hosts import Site, place
from portal.settings import Settings
from portal.store import Database, Store
from portal.web.pages import Pages
from portal.web.visitor import own_origin

SITES: Mapping[Site, Callable[[Context], ASGIApp]] = {
    Site.FRONT: front.site,
    Site.SEAT: seat.site,
    Site.CONSOLE: console.site,
    Site.OPERATOR: operator.site,
}
"""A folder of the package each."""

SAVE_SECONDS = 10.0


def guards(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer, unless the site itself says otherwise."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " connect-src 'self'; base-uri 'none'; frame-ancestors 'none';"
            # A form may lead to a seat: browsers check where its redirect goes, too.
            f" form-action 'self' {settings.url('*')}"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: a form's Origin would then be null.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def open_context(settings: Settings, clock: Callable[[], float] = time.time) -> Context:
    """Open the database and the audit log; see :func:`create` for who closes them."""
    return Context(
        settings=settings,
        store=Store(Database(settings.data / "portal.sqlite")),
        audit=Audit(settings.data / "audit.jsonl", clock),
        pages=Pages(settings),
        clock=clock,
    )


def create(context: Context) -> ASGIApp:
    """Return the ASGI application; it closes the context when the server ends."""
    sites = {site: make(context) for site, make in SITES.items()}
    lifespan = _lifespan(context)
    guard = _guard(guards(context.settings))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        headers, send = Headers(scope=scope), guard(send)
        where = place(headers.get("host", ""), context.settings.domain)
        if where is None or where.site not in sites:
            await _refuse(scope, receive, send, 404, "No site of this classroom has that name.")
        elif _foreign_write(scope, headers, context.settings):
            await _refuse(scope, receive, send, 403, "Another site's page may not do this here.")
        else:
            scope["seat"] = where.seat
            await sites[where.site](scope, receive, send)

    return app


def _foreign_write(scope: Scope, headers: Headers, settings: Settings) -> bool:
    origin = headers.get("origin")
    if scope["type"] == "http" and scope["method"] in SAFE:
        return False
    return origin not in (None, own_origin(headers, settings))


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    response = PlainTextResponse(f"{words}\n", status)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)


def _guard(headers: Mapping[str, str]) -> Callable[[Send], Send]:
    def guarded(send: Send) -> Send:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in headers.items():
                    given.setdefault(name, value)
            await send(message)

        return with_headers

    return guarded


def _lifespan(context: Context) -> Callable[[Receive, Send], Awaitable[None]]:
    async def lifespan(receive: Receive, send: Send) -> None:
        await receive()
        async with _saving(context):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        context.audit.close()
        context.store.database.close()
        await send({"type": "lifespan.shutdown.complete"})

    return lifespan


@asynccontextmanager
async def _saving(context: Context) -> AsyncIterator[None]:
    async def now_and_then() -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            # On a full disk it stays in memory, and /healthz says what is wrong.
            with suppress(sqlite3.Error):
                context.save_activity()

    task = asyncio.create_task(now_and_then())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        context.save_activity()
