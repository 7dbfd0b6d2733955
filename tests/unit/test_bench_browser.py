"""The benchmark's browser on a server that answers in all the ways there are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bench.doors.browser import CONNECTIONS, Browser
from bench.doors.visit import Ask, Kind, Step, Visit

SLOW_SECONDS = 0.05
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
ANSWERS = {
    "/gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    "/last": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "/half": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok",
    "/stream": CHUNKED + b"\r\n5\r\nfirst\r\n",
    "/other": b"SSH-2.0-OpenSSH\r\n\r\n",
}


class Server:
    """Counts connections, keeps the heads of requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                path = head.split()[1]
                if path in ANSWERS:
                    writer.write(ANSWERS[path])
                else:
                    writer.write(CHUNKED + b"Set-Cookie: seat=a=b; Path=/; HttpOnly\r\n\r\n")
                    await asyncio.sleep(SLOW_SECONDS)
                    writer.write(b"0\r\n\r\n")
                if path == "/half":
                    writer.close()


def files(*paths: str) -> Visit:
    return tuple(Step(Ask(Kind.FILE, path), ()) for path in paths)


def browse(use: Callable[[Browser], Awaitable[object]]) -> tuple[Server, list[str]]:
    """Use a browser on a server; return the server, and what the browser complained of."""
    server = Server()
    complaints: list[str] = []

    async def run() -> None:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with Browser("s01.localhost", port, complaints.append) as browser:
                await use(browser)

    asyncio.run(run())
    return server, complaints


def test_a_browser_asks_on_six_connections_and_keeps_them() -> None:
    async def use(browser: Browser) -> None:
        began = time.perf_counter()
        await browser.open(files(*(f"/{number}" for number in range(4 * CONNECTIONS))))
        assert time.perf_counter() - began >= 4 * SLOW_SECONDS
        await browser.open(files("/more"))

    server, complaints = browse(use)
    assert (server.connections, complaints) == (CONNECTIONS, [])
    assert "Cookie" not in server.heads[0]
    assert "Cookie: seat=a=b\r\n" in server.heads[-1]


def test_a_connection_that_the_server_gave_up_is_not_used_again() -> None:
    async def use(browser: Browser) -> None:
        await browser.open(files("/last"))
        await browser.open(files("/again"))

    server, complaints = browse(use)
    assert (server.connections, complaints) == (2, [])


def test_a_stream_is_there_with_its_first_words_and_stays() -> None:
    async def use(browser: Browser) -> None:
        await browser.open((Step(Ask(Kind.STREAM, "/stream"), ()), *files("/1", "/2")))
        await browser.open(files("/3"))

    server, complaints = browse(use)
    assert (server.connections, complaints) == (3, [])


def test_whatever_goes_otherwise_is_complained_of() -> None:
    async def use(browser: Browser) -> None:
        for path in ("/gone", "/half", "/other"):
            await browser.open(files(path))
        await browser.open((Step(Ask(Kind.SOCKET, "/gone"), ()),))

    _, complaints = browse(use)
    gone, half, other, socket = complaints
    assert gone == "GET /gone: 404, not 200"
    assert "before the answer's end" in half
    assert "no HTTP" in other
    assert "HTTP 404" in socket
