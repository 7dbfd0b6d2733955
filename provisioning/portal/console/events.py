"""The console's event stream: the whole room once, then what changed, and a beat in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse

from portal.changes import Changes
from portal.console.difference import difference, whole
from portal.console.grid import Grid, Json

BEAT_SECONDS = 5.0
"""Between signs of life; also how late a state that only ages is noticed."""

PAUSE_SECONDS = 0.3
"""Between two messages: whatever happens within it goes out together."""


def events(changes: Changes, look: Callable[[], tuple[Grid, Json] | None]) -> StreamingResponse:
    """Answer with the stream, which ends once ``look()`` is None.

    ``look`` returns the grid as it is now, and what goes with every message (the time, and when
    watch looked last), which is no news by itself. Each stream compares with what it sent last,
    so a slow page gets fewer messages and misses nothing. Events are called ``world``, ``patch``,
    ``beat`` and, as the last one, ``end``.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _messages(changes, look), media_type="text/event-stream", headers=headers
    )


async def _messages(
    changes: Changes, look: Callable[[], tuple[Grid, Json] | None]
) -> AsyncIterator[str]:
    sent: Grid | None = None
    while not changes.ended:
        version = changes.version
        seen = look()
        if seen is None:
            yield _message("end", {})
            return
        grid, times = seen
        patch = difference(sent, grid) if sent else whole(grid)
        kind = "world" if sent is None else "beat" if patch is None else "patch"
        yield _message(kind, {**times, **(patch or {})})
        sent = grid
        await changes.after(version, BEAT_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)


def _message(kind: str, data: Json) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {text}\n\n"
