"""The routes of a seat's host that the portal answers itself."""

from __future__ import annotations

from starlette.applications import Starlette

from portal.context import Context
from portal.seat.claim import Claim
from portal.seat.course import FOLDER, Course
from portal.seat.gate import Gate
from portal.seat.guides import Guides
from portal.seat.home import Home
from portal.web.site import route
from portal.web.site import site as make_site


def site(context: Context) -> Starlette:
    """Return the application of all seats' hosts; ``scope["seat"]`` says which seat it is."""
    gate = Gate(context)
    claim = Claim(context, gate)
    course = Course(context.settings.labs)
    home = Home(context, gate, course)
    guides = Guides(context, gate, course)
    return make_site(
        context.pages,
        [
            route("/", GET=home.show),
            route("/home/events", GET=home.events),
            route("/home/leave", POST=home.leave),
            route(f"{FOLDER}{{place:path}}", GET=guides.show),
            route("/claim", GET=claim.show, POST=claim.take),
            route("/internal/access", GET=gate.access),
        ],
    )
