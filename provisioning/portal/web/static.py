"""Static files: ``/static/<name>``, the same on every host, open to everybody."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.web.pages import Pages

KEEP = "public, max-age=31536000, immutable"
"""For addresses that carry the content's digest."""


def static(pages: Pages) -> Route:
    """Return the route of the static files."""

    async def serve(request: Request) -> Response:
        file = pages.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        kept = request.query_params.get("v") == file.digest
        headers = {"Cache-Control": KEEP if kept else "no-cache"}
        return Response(file.content, media_type=file.media_type, headers=headers)

    return Route("/static/{name:path}", serve)
