"""The routes of the console."""

from __future__ import annotations

from starlette.applications import Starlette

from portal.console.gate import Gate
from portal.console.login import Login
from portal.console.orders import Orders
from portal.console.room import Room
from portal.context import Context
from portal.web.site import route
from portal.web.site import site as make_site


def site(context: Context) -> Starlette:
    """Return the console's application. Everything but the login needs a session."""
    login = Login(context)
    room = Room(context, login)
    orders = Orders(context)
    gate = Gate(context, login)
    posts = {
        "/announcement": orders.announce,
        "/seats/{seat}/open": orders.open,
        "/seats/{seat}/release": orders.release,
        "/seats/{seat}/reissue": orders.reissue,
        "/seats/{seat}/move": orders.move,
        "/seats/{seat}/orders": orders.order,
    }
    return make_site(
        context.pages,
        [
            route("/internal/access", GET=gate.access),
            route("/login", GET=login.show, POST=login.enter),
            route("/logout", POST=login.leave),
            route("/", GET=login.required(room.show)),
            route("/session", GET=login.required(room.session)),
            route("/events", GET=login.required(room.events)),
            *(route(path, POST=login.required(do)) for path, do in posts.items()),
        ],
    )
