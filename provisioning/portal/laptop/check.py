"""The routes of the laptop check. They are open to everybody, before any claim."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from portal.context import Context
from portal.store.notes import AUTHORITY
from portal.web.site import route

SOCKET_SECONDS = 20.0
"""The page needs eight; nobody keeps one of these for long."""

SOCKETS = 150
"""At a time: a class checks at once, and strangers can't use up the portal."""

LONGEST_MESSAGE = 64

PROBE_SEAT = "seat-01"
"""Every classroom has it."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the check's routes, for the site of the front page."""
    open_sockets: set[WebSocket] = set()

    async def show(request: Request) -> Response:
        seat = context.settings.seat_url(PROBE_SEAT)
        page = context.pages.page(
            "laptop/check.html",
            probe=f"{seat}{context.pages.address('icon.svg').partition('?')[0]}",
            ports=json.dumps(_port_urls(context)),
            fingerprint=context.store.notes.get(AUTHORITY),
        )
        page.headers["Content-Security-Policy"] = _allowing_seats(context)
        return page

    async def now(request: Request) -> Response:
        return JSONResponse({"now": context.clock()})

    async def socket(websocket: WebSocket) -> None:
        if len(open_sockets) >= SOCKETS:
            await websocket.close(1013)
            return
        await websocket.accept()
        open_sockets.add(websocket)
        try:
            async with asyncio.timeout(SOCKET_SECONDS):
                await _echo(websocket)
        except TimeoutError:
            await websocket.close()
        finally:
            open_sockets.discard(websocket)

    return [
        route("/check", GET=show),
        route("/check/now", GET=now),
        WebSocketRoute("/check/socket", socket),
    ]


async def _echo(websocket: WebSocket) -> None:
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text[:LONGEST_MESSAGE])
    except (WebSocketDisconnect, KeyError):
        # KeyError: a message of bytes, which the page never sends.
        return


def _port_urls(context: Context) -> dict[str, str]:
    """Return an address a port of the course's own; any HTTP answer of theirs will do."""
    settings = context.settings
    host = settings.seat_url(PROBE_SEAT).removesuffix(settings.suffix)
    return {name: f"{host}:{port}/" for name, port in settings.ports.items()}


def _allowing_seats(context: Context) -> str:
    """Let the page reach a seat's host, which is what it is there to try."""
    settings = context.settings
    seat, ports = settings.seat_url(PROBE_SEAT), " ".join(_port_urls(context).values())
    own = settings.url().replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none';"
        f" img-src 'self' {seat}; connect-src 'self' {own} {ports}"
    )
