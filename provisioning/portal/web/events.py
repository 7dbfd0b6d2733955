"""Server-sent events: a page gets what there is at first, and then what has changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

from starlette.responses import StreamingResponse

from portal.changes import Changes

BEAT_SECONDS = 5.0
"""Between signs of life; also how late a state that only ages is noticed."""

PAUSE_SECONDS = 0.3
"""Between two messages: whatever happens within it goes out together."""

BEAT = ": beat\n\n"
"""A sign of life that no page takes for a message."""

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
