"""A site: its routes, the static files, and refusals in words instead of traces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portal.web.pages import Pages
from portal.web.static import static
from portal.web.visitor import accepts_html

WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take that.",
    500: "Something went wrong here, and the instructor's log says what. Try again.",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def route(path: str, **methods: Endpoint) -> Route:
    """Return the route of one address: ``route("/claim", GET=show, POST=take)``."""

    async def answer(request: Request) -> Response:
        if request.method != "HEAD":
            return await methods[request.method](request)
        return _bodiless(await methods["GET"](request))

    return Route(path, answer, methods=list(methods))


def _bodiless(response: Response) -> Response:
    """Return the headers alone of what may never end.

    Who asked has them and takes the answer for complete; the server would go on with the body, and
    whatever came next over the same connection, of another visitor too, would wait behind it.
    """
    if not isinstance(response, StreamingResponse):
        return response
    headers = Response(status_code=response.status_code, headers=response.headers)
    del headers.headers["content-length"]
    return headers


def site(pages: Pages, routes: Sequence[BaseRoute]) -> Starlette:
    """Return the application of one host name.

    Raise ``HTTPException(status, words)`` anywhere in it: browsers get a page, programs a line.
    """

    async def refused(request: Request, error: Exception) -> Response:
        status, words, headers = 500, "", None
        if isinstance(error, HTTPException):
            status, words, headers = error.status_code, error.detail, error.headers
        phrase = HTTPStatus(status).phrase
        said = words if words and words != phrase else WORDS.get(status, f"{phrase}.")
        response: Response = (
            pages.page("problem.html", status, title=phrase, words=said)
            if accepts_html(request)
            else PlainTextResponse(f"{said}\n", status)
        )
        response.headers.update(headers or {})
        return response

    return Starlette(
        routes=[static(pages), *routes],
        exception_handlers={HTTPException: refused, 500: refused},
    )
