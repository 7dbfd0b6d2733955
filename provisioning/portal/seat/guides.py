"""The guides and pages of the course, to read beside the seat's tools, or on a phone."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.access import Pass
from portal.context import Context
from portal.seat.course import Course, facts
from portal.seat.gate import Gate


class Guides:
    """The pages below ``/home/course/`` of each seat's host."""

    def __init__(self, context: Context, gate: Gate, course: Course) -> None:
        self._context = context
        self._gate = gate
        self._course = course

    async def show(self, request: Request) -> Response:
        """Show a text of the course with this seat's own addresses in it."""
        verdict = self._gate.ask(request, request.method)
        if not isinstance(verdict, Pass):
            return self._gate.turn_away(request, verdict)
        name: str = request.scope["seat"]
        text = self._course.texts.get(request.path_params["place"])
        if text is None:
            raise HTTPException(404, "The course has no such guide.")
        before, after = self._course.around(text)
        return self._context.pages.page(
            "seat/guide.html",
            number=name.removeprefix("seat-"),
            text=text,
            document=self._course.read(text, facts(self._context.settings, name)),
            before=before,
            after=after,
        )
