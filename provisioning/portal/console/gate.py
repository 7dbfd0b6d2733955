"""Lets the instructor, and this machine's probes, pass to what the class has once."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import keys
from portal.access import Refusal, decide_for_class
from portal.asking import asked_of
from portal.console.login import WHERE, Login
from portal.context import Context
from portal.web.visitor import console_cookie, source

SEE_OTHER = 303
UNAUTHORIZED = 401


class Gate:
    """Answers Caddy's question, and writes down whom it turned away."""

    def __init__(self, context: Context, login: Login) -> None:
        self._context = context
        self._login = login
        self._key = keys.operator_key(context.settings.signing_key)

    async def access(self, request: Request) -> Response:
        """Answer Caddy: 200 lets the request pass, anything else goes to whoever asked."""
        settings = self._context.settings
        method = request.headers.get("x-forwarded-method", "")
        verdict = decide_for_class(
            asked_of(request, method, settings, console_cookie(settings)),
            signed_in=self._login.signed_in(request),
            operator_key=self._key,
        )
        if not isinstance(verdict, Refusal):
            return Response()
        if verdict.status == SEE_OTHER:
            return RedirectResponse("/login", SEE_OTHER)
        self._context.audit.refused(
            verdict.reason, seat=WHERE, source=source(request), status=verdict.status
        )
        challenge = {"WWW-Authenticate": 'Bearer realm="classroom"'}
        headers = challenge if verdict.status == UNAUTHORIZED else None
        raise HTTPException(verdict.status, verdict.words, headers)
