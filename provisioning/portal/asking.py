"""What a request says, as the decision needs it: Caddy's question, or a visitor's own."""

from __future__ import annotations

from starlette.requests import Request

from portal.access import Asked
from portal.settings import Settings
from portal.web.visitor import accepts_html, cookie_values, own_origin


def asked_of(request: Request, method: str, settings: Settings, cookie: str) -> Asked:
    """Return what is asked for; ``method`` is the visitor's own, ``cookie`` the session's name."""
    headers = request.headers
    return Asked(
        seat=request.scope["seat"],
        own_origin=own_origin(headers, settings),
        method=method,
        path=headers.get("x-forwarded-uri", "").partition("?")[0],
        origin=headers.get("origin"),
        # Upgrade itself is hop-by-hop and does not arrive here.
        websocket="sec-websocket-key" in headers or "sec-websocket-version" in headers,
        fetch_site=headers.get("sec-fetch-site", ""),
        document=headers.get("sec-fetch-dest") == "document",
        html=accepts_html(request),
        cookies=cookie_values(headers, cookie),
        authorization=headers.get("authorization", ""),
    )
