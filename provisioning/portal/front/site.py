"""The front page: a code leads to its seat's host, in the fragment of the address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import codes
from portal import laptop
from portal.context import Context
from portal.store.notes import AUTHORITY
from portal.web.bodies import form
from portal.web.site import route
from portal.web.site import site as make_site

NOT_A_CODE = (
    "That does not look like a code. It is on your card: your seat's number, then eight letters"
    " and digits, like 07-K7QF-2M9X."
)


def site(context: Context) -> Starlette:
    """Return the front page's application."""
    pages, settings = context.pages, context.settings

    def page(status: int = 200, *, code: str = "", problem: str = "") -> Response:
        fingerprint = context.store.notes.get(AUTHORITY)
        return pages.page(
            "front/front.html", status, code=code, problem=problem, fingerprint=fingerprint
        )

    async def show(request: Request) -> Response:
        return page()

    async def send_on(request: Request) -> Response:
        typed = (await form(request)).get("code", "")
        code = codes.parse(typed)
        if code is None:
            return page(400, code=typed, problem=NOT_A_CODE)
        # A fragment stays in the browser: no server, log or proxy reads it.
        return RedirectResponse(f"{settings.seat_url(code.seat)}/claim#{code}", 303)

    return make_site(
        pages,
        [route("/", GET=show, POST=send_on), *laptop.routes(context)],
    )
