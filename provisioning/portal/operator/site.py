"""The routes of the operator's API."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from portal.context import Context
from portal.operator.api import Api
from portal.web.site import route
from portal.web.site import site as make_site

DESCRIPTION = Path(__file__).with_name("openapi.yaml")


def site(context: Context) -> Starlette:
    """Return the operator's application."""
    description = DESCRIPTION.read_text()
    api = Api(context)

    async def describe(request: Request) -> Response:
        return Response(description, media_type="application/yaml")

    async def alive(request: Request) -> Response:
        try:
            context.store.notes.set("alive", str(context.clock()))
        except sqlite3.Error as error:
            return PlainTextResponse(f"the database does not write: {error}\n", 503)
        return PlainTextResponse("ok\n")

    return make_site(
        context.pages,
        [
            route("/healthz", GET=alive),
            route("/openapi.yaml", GET=describe),
            route("/operator/seats", GET=api.guarded(api.seats), PUT=api.guarded(api.sync)),
            route("/operator/password", PUT=api.guarded(api.password)),
            route("/operator/authority", PUT=api.guarded(api.vouch)),
            route("/operator/observations", POST=api.guarded(api.observe)),
            route("/operator/progress", POST=api.guarded(api.advance)),
            route("/operator/metrics", POST=api.guarded(api.measure)),
            route("/operator/queue", GET=api.guarded(api.queue)),
            route("/operator/queue/{id}", POST=api.guarded(api.finish)),
        ],
    )
