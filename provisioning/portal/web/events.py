"""Server-sent events: a page gets what there is at first, and then what has changed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from portal.changes import Changes

BEAT_SECONDS = 5.0
"""Between signs of life; also how late a state that only ages is noticed."""

PAUSE_SECONDS = 0.3
"""Between two messages: whatever happens within it goes out together."""

BEAT = ": beat\n\n"
"""A sign of life that no page takes for a message."""

MOST_OPEN = 20
"""Streams of one seat at a time. Each costs the portal 55 kB and the ingress 100."""

State = Mapping[str, object]
T = TypeVar("T")


def events(
    changes: Changes, look: Callable[[], T | None], tell: Callable[[T | None, T], str]
) -> StreamingResponse:
    """Answer with an event stream, which ends with the event ``end`` once ``look()`` is None.

    Each stream compares with what it sent last, so a slow page gets fewer messages and misses
    nothing.

    Args:
        changes: says when to look again.
        look: returns what there is now.
        tell: returns the message for somebody who was told the first, None at the beginning, and
            has to know the second.
    """
    return StreamingResponse(
        _messages(changes, look, tell),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class Places:
    """How many streams may be open at a time, by whose they are."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._open = Counter[str]()

    def seated(self, whose: str, stream: StreamingResponse) -> StreamingResponse:
        """Return the stream, which has one of the places for as long as it is open.

        Raises:
            HTTPException: 429, all of them are taken.
        """
        if self._open[whose] >= self._most:
            raise HTTPException(429, f"{self._most} pages of this seat are open. Close some.")
        stream.body_iterator = self._counted(whose, stream.body_iterator)
        return stream

    async def _counted(self, whose: str, body: AsyncIterable[T]) -> AsyncIterator[T]:
        self._open[whose] += 1
        try:
            async for part in body:
                yield part
        finally:
            self._open[whose] -= 1
            self._open = +self._open


def message(data: State, event: str = "") -> str:
    """Return a message as it goes over the wire; ``event`` is its name, if it has one."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n" if event else f"data: {text}\n\n"


def whole(told: State | None, now: State) -> str:
    """Return a state as a message whenever it differs from what was told, else a beat."""
    return BEAT if told == now else message(now)


async def _messages(
    changes: Changes, look: Callable[[], T | None], tell: Callable[[T | None, T], str]
) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    told: T | None = None
    while not changes.ended:
        version = changes.version
        now = look()
        if now is None:
            yield message({}, "end")
            return
        yield tell(told, now)
        told = now
        await changes.after(version, BEAT_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
