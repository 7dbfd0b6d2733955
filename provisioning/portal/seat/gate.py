"""Asks :mod:`portal.access` about a request: Caddy's through forward_auth, or the portal's own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from classroom.spec import keys
from portal.access import As, Asked, Known, Pass, Refusal, decide
from portal.asking import asked_of
from portal.context import Context
from portal.seat.state import why_stopped
from portal.web.visitor import (
    accepts_html,
    forget_session,
    seat_cookie,
    source,
)

SEE_OTHER = 303
UNAUTHORIZED = 401
UNAVAILABLE = 503

LEADS_TO = {
    "/workspace/": "workspace",
    "/metrics/worker": "workspace",
    # Its pages, and calls by gRPC: /temporal.api.workflowservice.v1.WorkflowService/…
    "/temporal": "temporal",
    "/api/v1/": "temporal",
    "/metrics/server": "temporal",
    "/grafana/": "grafana",
    "/prometheus/": "prometheus",
}

OWN_PORTS = {"7233": "temporal", "8233": "temporal", "8080": "workspace"}
"""The course's own ports lead to one component, whatever the path."""

WITHOUT_GRAFANA = Refusal(
    404,
    "no Grafana",
    "This classroom goes without Grafana. Your seat's metrics are in Prometheus all the same: see"
    " your home page.",
)


class Gate:
    """Decides, remembers activity, and writes down whom it turned away."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def access(self, request: Request) -> Response:
        """Answer Caddy: 200 lets the request pass, anything else goes to whoever asked."""
        method = request.headers.get("x-forwarded-method", "")
        verdict = self.ask(request, method)
        if isinstance(verdict, Pass) and verdict.by is not As.PROBE:
            verdict = self._closed(request) or verdict
        return Response() if isinstance(verdict, Pass) else self.turn_away(request, verdict)

    def ask(self, request: Request, method: str) -> Pass | Refusal:
        """Decide about a request to a seat's host; ``method`` is the visitor's own."""
        verdict, seat = self.verdict(request, method), request.scope["seat"]
        if isinstance(verdict, Pass) and verdict.by in (As.ATTENDEE, As.KEY):
            self._context.activity[seat] = self._context.clock()
        elif isinstance(verdict, Refusal) and verdict.status != SEE_OTHER:
            self._context.audit.refused(
                verdict.reason, seat=seat, source=source(request), status=verdict.status
            )
        return verdict

    def verdict(self, request: Request, method: str) -> Pass | Refusal:
        """Decide alone, as for somebody who is asked whether they are still in."""
        settings = self._context.settings
        asked = asked_of(request, method, settings, seat_cookie(settings))
        return decide(asked, self._known(asked))

    def turn_away(self, request: Request, refusal: Refusal) -> Response:
        """Return the answer to somebody who may not pass."""
        settings = self._context.settings
        if refusal.status == SEE_OTHER:
            return RedirectResponse(f"{settings.seat_url(request.scope['seat'])}/claim", 303)
        response: Response = (
            self._context.pages.page(
                "problem.html", refusal.status, title=refusal.title, words=refusal.words
            )
            if accepts_html(request)
            else PlainTextResponse(f"{refusal.words}\n", refusal.status)
        )
        if refusal.status == UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Bearer realm="classroom"'
        if refusal.reason == "two cookies":
            forget_session(response, seat_cookie(settings), settings)
        return response

    def _closed(self, request: Request) -> Refusal | None:
        """Say why nobody would answer, where the ingress could only say that it may be starting."""
        seen, seat, now = self._context.observation, request.scope["seat"], self._context.clock()
        path = request.headers.get("x-forwarded-uri", "")
        if path.startswith("/grafana/") and seen.lacks(seat, "grafana", now):
            return WITHOUT_GRAFANA
        component = _led_to(path, request.headers.get("x-forwarded-port", ""))
        if quota := seen.full(seat, component, now):
            words = why_stopped(component, quota)
            return Refusal(UNAVAILABLE, "disk full", words, "Your disk is full")
        return None

    def _known(self, asked: Asked) -> Known:
        store, signing_key = self._context.store, self._context.settings.signing_key
        seat = store.seats.get(asked.seat)
        session = None
        if len(asked.cookies) == 1:
            session = store.sessions.find(asked.cookies[0], self._context.clock())
        return Known(
            api_key=keys.api_key(signing_key, seat.name, seat.generation) if seat else None,
            probe_key=keys.probe_key(signing_key, asked.seat),
            metrics_key=keys.metrics_key(signing_key),
            session=session,
        )


def _led_to(path: str, port: str) -> str:
    """Return the component that the ingress would ask; empty where the path leads to none."""
    if port in OWN_PORTS:
        return OWN_PORTS[port]
    return next((name for start, name in LEADS_TO.items() if path.startswith(start)), "")
