"""The application: the Host header chooses the site, every answer gets the same guards."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from portal import actions, console, front, metrics, operator, seat
from portal.access import SAFE
from portal.audit import Audit, asked_by
from portal.context import Context
from portal.counted import ACCESS, Counted
from portal.hosts import Place, Site, place
from portal.settings import Settings
from portal.store import Database, Store
from portal.web.pages import Pages
from portal.web.visitor import own_origin, source

SITES: Mapping[Site, Callable[[Context], ASGIApp]] = {
    Site.FRONT: front.site,
    Site.SEAT: seat.site,
    Site.CONSOLE: console.site,
    Site.OPERATOR: operator.site,
    Site.METRICS: metrics.site,
}
"""A folder of the package each."""

SAVE_SECONDS = 10.0
"""Between two looks at what becomes due by itself: activity to store, visits to end."""

ACCESS_PATH = "/internal/access"
"""Out of reach from outside: the ingress answers it with 404."""


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
    counted = Counted()
    return Context(
        settings=settings,
        store=Store(Database(settings.data / "portal.sqlite")),
        audit=Audit(settings.data / "audit.jsonl", clock, counted),
        pages=Pages(settings),
        clock=clock,
        counted=counted,
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
        asked_by(source(HTTPConnection(scope)))
        where = place(headers.get("host", ""), context.settings.domain)
        send = context.counted.answering(_name(where, scope), send)
        if where is None or where.site not in sites:
            await _refuse(scope, receive, send, 404, "No site of this classroom has that name.")
        elif _foreign_write(scope, headers, context.settings):
            context.audit.refused(
                "foreign origin",
                seat=where.seat or where.site.value,
                source=source(HTTPConnection(scope)),
            )
            await _refuse(scope, receive, send, 403, "Another site's page may not do this here.")
        else:
            scope["seat"] = where.seat
            await sites[where.site](scope, receive, send)

    return app


def _name(where: Place | None, scope: Scope) -> str:
    """Return what an answer is counted under: the site, or what only the ingress may ask."""
    if where is None:
        return "none"
    return ACCESS if scope["path"] == ACCESS_PATH else where.site.name.lower()


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
            with suppress(sqlite3.Error, OSError):
                context.save_activity()
                actions.end_visits(context)

    task = asyncio.create_task(now_and_then())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        context.save_activity()
