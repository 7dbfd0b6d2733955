"""The console's page and its event stream."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from classroom.spec.model import COMPONENTS
from portal.console.difference import difference, whole
from portal.console.grid import Grid, Json, grid
from portal.console.known import known
from portal.console.login import Login
from portal.context import Context
from portal.web.events import events, message

Look = tuple[Grid, Json]
"""The grid, and what goes with every message and is no news by itself: the time, and when watch
looked last."""


class Room:
    """All seats, live."""

    def __init__(self, context: Context, login: Login) -> None:
        self._context = context
        self._login = login

    async def show(self, request: Request) -> Response:
        """Show the page, which fills itself from the event stream."""
        return self._context.pages.page("console/console.html", restartable=COMPONENTS)

    async def session(self, request: Request) -> Response:
        """Say that there is a session; without one nobody gets here."""
        return JSONResponse({})

    async def events(self, request: Request) -> Response:
        """Stream the room, for as long as the session lasts."""

        def look() -> Look | None:
            if not self._login.signed_in(request):
                return None
            now = self._context.clock()
            times = {"now": now, "looked": self._context.observation.at}
            return grid(known(self._context, now), now), times

        return events(self._context.changes, look, _tell)


def _tell(told: Look | None, now: Look) -> str:
    """Return the event ``world``, then ``patch`` or, if nothing differs, ``beat``."""
    seen, times = now
    if told is None:
        return message({**times, **whole(seen)}, "world")
    patch = difference(told[0], seen)
    return message({**times, **(patch or {})}, "beat" if patch is None else "patch")
