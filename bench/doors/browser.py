"""Makes recorded visits again, as a browser would that has nothing in its cache."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from bench.doors.line import Lines
from bench.doors.visit import Ask, Kind, Visit

CONNECTIONS = 6
"""That a browser opens to one host; websockets are not counted."""

PATIENCE_SECONDS = 60.0
LEAVE_SECONDS = 1.0

SEE_OTHER = 303

PAGES = "text/html,application/xhtml+xml,*/*;q=0.8"


class Browser:
    """One attendee's browser on a seat's host; what goes wrong is told to ``complain``."""

    def __init__(self, host: str, port: int, complain: Callable[[str], None]) -> None:
        self._host = f"{host}:{port}"
        self._port = port
        self._complain = complain
        self._cookies: dict[str, str] = {}
        self._lines = Lines(port, CONNECTIONS)
        self._sockets = AsyncExitStack()

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()
        await self._sockets.aclose()

    async def claim(self, code: str, name: str) -> float:
        """Send the claim; return the seconds until the answer that lets the browser in."""
        form = urlencode({"code": code, "name": name})
        began = time.perf_counter()
        await self._try(Ask(Kind.PAGE, "/claim", "POST", form, SEE_OTHER))
        return time.perf_counter() - began

    async def open(self, visit: Visit) -> float:
        """Open a page; return the seconds until all is there that it asks for."""
        began = time.perf_counter()
        asked: list[asyncio.Task[None]] = []
        for step in visit:
            before = [asked[number] for number in step.after]
            asked.append(asyncio.create_task(self._ask_after(before, step.ask)))
        await asyncio.gather(*asked)
        return time.perf_counter() - began

    async def _ask_after(self, before: list[asyncio.Task[None]], ask: Ask) -> None:
        for one in before:
            await one
        await self._try(ask)

    async def _try(self, ask: Ask) -> None:
        """Ask, and complain of any answer but the one that Chromium got."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if ask.kind is Kind.SOCKET:
                    await self._connect(ask)
                    return
                request = self._request(ask)
                answer = await self._lines.ask(request, stream=ask.kind is Kind.STREAM)
            self._cookies |= answer.cookies
            if answer.status != ask.status:
                self._complain(f"{ask.method} {ask.path}: {answer.status}, not {ask.status}")
        except (WebSocketException, OSError) as error:  # a TimeoutError is one, too
            self._complain(f"{ask.method} {ask.path}: {type(error).__name__} {error}")

    def _request(self, ask: Ask) -> bytes:
        """Return a request as Chromium words it, as far as somebody here reads it."""
        headers = {
            "Host": self._host,
            "Accept": PAGES if ask.kind is Kind.PAGE else "*/*",
            "Accept-Encoding": "gzip, deflate, br",
        }
        if self._cookies:
            headers["Cookie"] = self._cookie()
        if ask.method != "GET":
            form = ask.kind is Kind.PAGE
            headers |= {
                "Origin": f"http://{self._host}",
                "Content-Type": f"application/{'x-www-form-urlencoded' if form else 'json'}",
                "Content-Length": str(len(ask.body.encode())),
                # JupyterLab's own guard against other sites' pages.
                "X-XSRFToken": self._cookies.get("_xsrf", ""),
            }
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{ask.method} {ask.path} HTTP/1.1\r\n{fields}\r\n{ask.body}".encode()

    async def _connect(self, ask: Ask) -> None:
        socket = await connect(
            f"ws://{self._host}{ask.path}",
            host="127.0.0.1",
            port=self._port,
            origin=Origin(f"http://{self._host}"),
            additional_headers={"Cookie": self._cookie()},
            proxy=None,
            ping_interval=None,
            close_timeout=LEAVE_SECONDS,
        )
        self._sockets.push_async_callback(socket.close)
        if ask.greeted:
            await socket.recv()

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())
