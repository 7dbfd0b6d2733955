"""The routes of the operator's API."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portal.context import Context
from portal.operator.api import Api
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
            Route("/healthz", alive, methods=["GET"]),
            Route("/openapi.yaml", describe, methods=["GET"]),
            Route("/operator/seats", api.guarded(api.seats), methods=["GET"]),
            Route("/operator/seats", api.guarded(api.sync), methods=["PUT"]),
            Route("/operator/password", api.guarded(api.password), methods=["PUT"]),
            Route("/operator/observations", api.guarded(api.observe), methods=["POST"]),
            Route("/operator/queue", api.guarded(api.queue), methods=["GET"]),
            Route("/operator/queue/{id}", api.guarded(api.finish), methods=["POST"]),
        ],
    )
