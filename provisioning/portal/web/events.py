"""Server-sent events: a page gets the whole state at first and again whenever it differs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.responses import StreamingResponse

from portal.changes import Changes

BEAT_SECONDS = 10.0
"""Between signs of life; also how late a state that only ages is noticed."""

PAUSE_SECONDS = 0.2
"""Between two states: seventy changes within a second are five messages."""

State = Mapping[str, object]


def events(changes: Changes, state: Callable[[], State | None]) -> StreamingResponse:
    """Answer with the event stream of a state, which ends once ``state()`` is None.

    Each message is the state as JSON; the last one is an event called ``end``.
    """
    return StreamingResponse(
        _messages(changes, state),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _messages(changes: Changes, state: Callable[[], State | None]) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    sent = ""
    while not changes.ended:
        version = changes.version
        now = state()
        if now is None:
            yield "event: end\ndata: {}\n\n"
            return
        text = json.dumps(now, ensure_ascii=False, separators=(",", ":"))
        yield f"data: {text}\n\n" if text != sent else ": beat\n\n"
        sent = text
        await changes.after(version, BEAT_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
