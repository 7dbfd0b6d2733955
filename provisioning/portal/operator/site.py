"""The routes of the operator's API."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portal.context import Context
from portal.web.site import site as make_site


def site(context: Context) -> Starlette:
    """Return the operator's application."""

    async def alive(request: Request) -> Response:
        context.store.notes.set("alive", str(int(context.clock())))
        return PlainTextResponse("ok\n")

    return make_site(context.pages, [Route("/healthz", alive, methods=["GET"])])
