"""A seat's home: what it has, how it is, and how to use it from one's own laptop."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from classroom.spec import keys
from classroom.spec.seats import host_label
from portal import actions
from portal.access import As, Pass
from portal.context import Context
from portal.seat.course import Course
from portal.seat.gate import Gate
from portal.seat.labs import labs_state
from portal.seat.laptop import laptop
from portal.seat.state import home_state
from portal.seat.tools import tools
from portal.store.notes import ANNOUNCEMENT
from portal.web.events import Places, State, events, whole
from portal.web.visitor import cookie_values, forget_session, seat_cookie


class Home:
    """The home page of each seat's host."""

    def __init__(self, context: Context, gate: Gate, course: Course) -> None:
        self._context = context
        self._gate = gate
        self._course = course
        self._places = Places()

    async def show(self, request: Request) -> Response:
        """Show the page; its live parts are in it already, for readers without scripts."""
        verdict = self._gate.ask(request, request.method)
        if not isinstance(verdict, Pass):
            return self._gate.turn_away(request, verdict)
        name: str = request.scope["seat"]
        seat = self._context.store.seats.get(name)
        if seat is None:
            return RedirectResponse("/claim", 303)
        settings, labs = self._context.settings, self._context.progress.course
        api_key = keys.api_key(settings.signing_key, name, seat.generation)
        return self._context.pages.page(
            "seat/home.html",
            seat=name,
            number=name.removeprefix("seat-"),
            visitor=verdict.name or seat.attendee,
            helper=verdict.by is As.HELPER,
            host=f"{host_label(name)}.{settings.domain}",
            tools=tools(settings, name),
            api_key=api_key,
            laptop=laptop(settings, name, api_key),
            course=labs,
            guides=self._course.guides,
            reading=self._course.besides({lab.id for lab in labs}),
            state=self._state(name),
        )

    async def events(self, request: Request) -> Response:
        """Stream the live parts, for as long as the visitor may see them."""
        verdict = self._gate.ask(request, request.method)
        if not isinstance(verdict, Pass):
            return self._gate.turn_away(request, verdict)
        name: str = request.scope["seat"]

        def state() -> State | None:
            still = isinstance(self._gate.verdict(request, request.method), Pass)
            return self._state(name) if still else None

        return self._places.seated(name, events(self._context.changes, state, whole))

    async def leave(self, request: Request) -> Response:
        """End this device's session and what it has open."""
        settings = self._context.settings
        for token in cookie_values(request.headers, seat_cookie(settings)):
            actions.leave(self._context, token)
        response = RedirectResponse("/claim", 303)
        forget_session(response, seat_cookie(settings), settings)
        return response

    def _state(self, name: str) -> State:
        context = self._context
        now = context.clock()
        state = home_state(
            name,
            observation=context.observation,
            sessions=context.store.sessions.of_seat(name, now),
            announcement=context.store.notes.get(ANNOUNCEMENT),
            now=now,
        )
        results = context.store.results.of_seat(name)
        return {**state, **labs_state(name, context.progress, results, now)}
