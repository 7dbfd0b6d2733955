"""The console's page and its event stream."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.console.events import events
from portal.console.grid import Grid, Json, Known, grid
from portal.console.login import Login
from portal.context import Context
from portal.store.notes import ANNOUNCEMENT

FILTERS = (
    ("all", "All"),
    ("help", "Needs you"),
    ("claimed", "Claimed"),
    ("open", "Not claimed"),
    ("spare", "Spare"),
)
"""As in the page's tiles.js."""

ORDERS_SECONDS = 600.0
"""How long an order is shown with its seat."""


class Room:
    """All seats, live."""

    def __init__(self, context: Context, login: Login) -> None:
        self._context = context
        self._login = login

    async def show(self, request: Request) -> Response:
        """Show the page, which fills itself from the event stream."""
        return self._context.pages.page("console/console.html", filters=FILTERS)

    async def session(self, request: Request) -> Response:
        """Say that there is a session; without one nobody gets here."""
        return JSONResponse({})

    async def events(self, request: Request) -> Response:
        """Stream the room, for as long as the session lasts."""

        def look() -> tuple[Grid, Json] | None:
            if not self._login.signed_in(request):
                return None
            now = self._context.clock()
            times = {"now": now, "looked": self._context.observation.at}
            return grid(self._known(now), now), times

        return events(self._context.changes, look)

    def _known(self, now: float) -> Known:
        context = self._context
        announced = context.store.notes.get(ANNOUNCEMENT)
        return Known(
            classroom=context.settings.classroom,
            announcement=json.loads(announced)["text"] if announced else "",
            seats=context.store.seats.all(),
            sessions=context.store.sessions.all(now),
            orders=context.store.verbs.recent(now - ORDERS_SECONDS),
            activity=context.activity,
            observation=context.observation,
        )
