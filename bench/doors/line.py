"""HTTP/1.1 by hand: the crowd works on the machine that it measures, so asking has to cost little.

Of an answer only what a browser acts upon is kept, its status and its cookies; the rest is counted
as having come, and dropped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

from httptools import HttpParserError, HttpResponseParser


@dataclass
class Answer:
    """The status of an answer, and the cookies that it set."""

    status: int = 0
    cookies: dict[str, str] = field(default_factory=dict)


class Line(asyncio.Protocol):
    """One connection, kept open for one request after the other."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport
        self._parser: HttpResponseParser
        self._answer = Answer()
        self._came: asyncio.Future[Answer] | None = None
        self._stream = False

    @classmethod
    async def to(cls, port: int) -> Line:
        """Connect to a port of this machine."""
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(cls, "127.0.0.1", port)
        return line

    async def ask(self, request: bytes, *, stream: bool = False) -> Answer:
        """Send a request; return its answer once all of it has come, of a stream the beginning.

        Raises:
            OSError: the connection broke.
        """
        self._answer, self._stream = Answer(), stream
        self._parser = HttpResponseParser(self)
        self._came = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._came

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport, self.open = cast(asyncio.Transport, transport), True

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        self.open = False
        self._fail(error or ConnectionError("hung up before the answer's end"))

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._transport.abort()
            self._fail(ConnectionError(f"no HTTP: {error}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == b"set-cookie":
            key, _, rest = value.decode().partition("=")
            self._answer.cookies[key] = rest.partition(";")[0]

    def on_body(self, _: bytes) -> None:
        """Called by the parser."""
        if self._stream:
            self._complete()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.open = self.open and self._parser.should_keep_alive()
        self._complete()

    def _fail(self, error: Exception) -> None:
        if self._came and not self._came.done():
            self._came.set_exception(error)

    def _complete(self) -> None:
        if self._came and not self._came.done():
            self._answer.status = self._parser.get_status_code()
            self._came.set_result(self._answer)


class Lines:
    """The connections that one browser has to one host, at most ``most`` at a time."""

    def __init__(self, port: int, most: int) -> None:
        self._port = port
        self._free = asyncio.Semaphore(most)
        self._idle: list[Line] = []
        self._all: list[Line] = []

    async def ask(self, request: bytes, *, stream: bool = False) -> Answer:
        """Ask on a connection that is free, or a new one; a stream keeps its own to the end.

        Raises:
            OSError: no connection, or it broke.
        """
        await self._free.acquire()
        try:
            line = await self._line()
            answer = await line.ask(request, stream=stream)
        except BaseException:
            self._free.release()
            raise
        if not stream:
            self._idle.append(line)
            self._free.release()
        return answer

    def close(self) -> None:
        """Hang up everywhere."""
        for line in self._all:
            line.close()

    async def _line(self) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.open:
                return line
            line.close()
        self._all.append(await Line.to(self._port))
        return self._all[-1]
