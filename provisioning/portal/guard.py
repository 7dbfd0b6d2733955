"""Puts a key of the classroom's own before an endpoint that is for its host or its machinery."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from classroom.spec import keys
from portal.context import Context
from portal.web.site import Endpoint
from portal.web.visitor import source


def behind(context: Context, key: str, name: str, endpoint: Endpoint) -> Endpoint:
    """Return the endpoint behind ``key``; whoever has another one is told the ``name`` of it."""

    async def guard(request: Request) -> Response:
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not keys.same(presented.strip(), key):
            context.audit.refused(name, seat="", source=source(request))
            raise HTTPException(401, f"Only the {name} opens this.", {"WWW-Authenticate": "Bearer"})
        return await endpoint(request)

    return guard
