"""The routes of a seat's host that the portal answers itself."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from portal.context import Context
from portal.seat.claim import Claim
from portal.seat.gate import Gate
from portal.seat.home import Home
from portal.web.site import site as make_site


def site(context: Context) -> Starlette:
    """Return the application of all seats' hosts; ``scope["seat"]`` says which seat it is."""
    gate = Gate(context)
    claim = Claim(context, gate)
    home = Home(context, gate)
    return make_site(
        context.pages,
        [
            Route("/", home.show, methods=["GET"]),
            Route("/home/events", home.events, methods=["GET"]),
            Route("/home/leave", home.leave, methods=["POST"]),
            Route("/claim", claim.show, methods=["GET"]),
            Route("/claim", claim.take, methods=["POST"]),
            Route("/internal/access", gate.access, methods=["GET"]),
        ],
    )
