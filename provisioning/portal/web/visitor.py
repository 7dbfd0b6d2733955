"""What a request says about who sent it: source address, origin, cookies."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from portal.settings import Settings
from portal.store.sessions import LIFETIME_SECONDS


def source(request: HTTPConnection) -> str:
    """Return the address that the visitor came from, as the ingress saw it."""
    forwarded = request.headers.get("x-forwarded-for", "")
    seen = forwarded.rpartition(",")[2].strip()
    return seen or (request.client.host if request.client else "unknown")


def own_origin(headers: Headers, settings: Settings) -> str:
    """Return the origin of a page of the host and port that were asked."""
    return f"{settings.scheme}://{headers.get('host', '')}"


def cookie_values(headers: Headers, name: str) -> tuple[str, ...]:
    """Return the value of each cookie of that name; HTTP/2 splits the header into several."""
    pairs = ";".join(headers.getlist("cookie")).split(";")
    named = (pair.strip().partition("=") for pair in pairs)
    return tuple(value for key, equals, value in named if equals and key == name)


def seat_cookie(settings: Settings) -> str:
    """Return the name of the cookie of seats' hosts."""
    return "__Host-seat" if settings.tls else "seat"


def console_cookie(settings: Settings) -> str:
    """Return the name of the console's cookie."""
    return "__Host-console" if settings.tls else "console"


def set_session(response: Response, name: str, token: str, settings: Settings) -> None:
    """Give a browser its session: for this host alone, out of reach of scripts."""
    response.set_cookie(
        name,
        token,
        max_age=LIFETIME_SECONDS,
        path="/",
        secure=settings.tls,
        httponly=True,
        samesite="lax" if name == seat_cookie(settings) else "strict",
    )


def forget_session(response: Response, name: str, settings: Settings) -> None:
    """Remove a session cookie, and one of that name that a sibling set for the whole domain."""
    for domain in (None, settings.domain):
        response.delete_cookie(name, path="/", domain=domain, secure=settings.tls, httponly=True)


def accepts_html(request: Request) -> bool:
    """Whether a page is welcome as an answer."""
    return "text/html" in request.headers.get("accept", "")
