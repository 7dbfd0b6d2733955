"""A room to look at with the console: a real portal, and seventy people in the middle of a course.

The domain is localhost, since a browser finds names below it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from classroom.spec import codes, hashing
from classroom.spec.verbs import Verb
from portal.context import Context
from portal.observed import Health, Observation, Quota
from portal.settings import Settings
from portal.store.notes import PASSWORD
from portal.store.sessions import Kind
from tests.integration.portal_server import Running, portal

T = TypeVar("T")

WORD = "a password of a test"

COMPONENTS = ("temporal", "worker", "prometheus", "grafana", "workspace")
VERSIONS = {"temporal": "1.32.0", "prometheus": "3.5.3", "grafana": "12.2.0", "workspace": "4.6.6"}
GIB = 2**30

NAMES = (
    "Ada Lovelace",
    "Alan Turing",
    "Grace Hopper",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Donald Knuth",
    "Radia Perlman",
    "Leslie Lamport",
    "Margaret Hamilton",
    "Tony Hoare",
    "Frances Allen",
    "John McCarthy",
    "Karen Spärck Jones",
    "Niklaus Wirth",
    "Shafi Goldwasser",
    "Dennis Ritchie",
)


class Room:
    """A portal with some seats, whose console's password is WORD; it can stop and start again."""

    def __init__(self, data: Path, seats: int, *, own_authority: bool = False) -> None:
        self._data = data
        self._own_authority = own_authority
        self._stack = ExitStack()
        self._running = self._serve(0)
        self.do(lambda context: _fill(context, seats))

    @property
    def settings(self) -> Settings:
        """As the portal was told."""
        return self._running.settings

    def do(self, work: Callable[[Context], T]) -> T:
        """Do something with the portal's context, in its own thread as all else there."""
        return self._running.do(work, self._running.context)

    def wait(self, work: Callable[[Context], Coroutine[None, None, T]]) -> T:
        """Do something there that takes its time, and wait for it."""
        return self._running.wait(work(self._running.context))

    def stop(self) -> None:
        """End the portal, if it still serves."""
        self._stack.close()

    def start(self) -> None:
        """Serve again what was served before, at the same address."""
        self._running = self._serve(self._running.port)

    def _serve(self, port: int) -> Running:
        served = portal(
            self._data, domain="localhost", port=port, own_authority=self._own_authority
        )
        return self._stack.enter_context(served)


def code_of(number: int) -> str:
    """Return the code on the card of seat 1 or 2."""
    return str(codes.Code(number, f"TESTC0{number:02d}"))


def _fill(context: Context, seats: int) -> None:
    context.store.notes.set(PASSWORD, hashing.hashed(WORD))
    # A hash takes its time; of most seats no test needs the card.
    lost = hashing.hashed("a code that nobody has")
    known = {number: hashing.hashed(code_of(number)) for number in (1, 2)}
    with context.store.database.transaction():
        for number in range(1, seats + 1):
            hash_ = known.get(number, lost)
            context.store.seats.add(f"seat-{number:02d}", "", hash_, context.clock())


def name(number: int) -> str:
    return NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else f" {number // len(NAMES)}")


def well() -> dict[str, Health]:
    return {part: Health("ok", "", "in 0.2 s", "", VERSIONS.get(part, "")) for part in COMPONENTS}


def observation(seats: int, at: float) -> Observation:
    """Most is well; seats 7, 12 and 31 to 33 fail, 20 and 45 stopped their worker, disks fill."""
    found = {f"seat-{number:02d}": well() for number in range(1, seats + 1)}

    def fails(number: int, part: str, check: str, seen: str, fix: str) -> None:
        seat = f"seat-{number:02d}"
        health = Health("failed", check, seen, fix.replace("{seat}", seat), "")
        found[seat][part] = health

    stopped = Health("stopped by attendee", "", "the attendee ended the last worker", "", "")
    for number in (20, 45, 46):
        found[f"seat-{number:02d}"]["worker"] = stopped
    fails(7, "grafana", "login page", "502: grafana did not answer", "make provision SEATS={seat}")
    fails(12, "temporal", "gRPC health", "no answer within 5 s", "make logs SEAT={seat}")
    fails(12, "worker", "worker polls", "Temporal does not answer", "see temporal of {seat}")
    for number in (31, 32, 33):
        fails(
            number, "prometheus", "targets", "target server is down", "make provision SEATS={seat}"
        )
    quota = {
        seat: {
            "workspace": Quota(
                used=GIB * (5 + 7 * number % 60) // 100, limit=2 * GIB, stopped=False
            ),
            "temporal": Quota(used=GIB // 50, limit=2 * GIB, stopped=False),
        }
        for number, seat in enumerate(found)
    }
    quota["seat-18"]["workspace"] = Quota(used=GIB * 17 // 10, limit=2 * GIB, stopped=False)
    quota["seat-54"]["workspace"] = Quota(used=2 * GIB, limit=2 * GIB, stopped=True)
    found["seat-54"]["workspace"] = Health(
        "failed", "JupyterLab page", "502: workspace did not answer", "make logs SEAT=seat-54", ""
    )
    door = Health("ok", "", "", "", "2.11.7")
    return Observation(at=at, ingress=door, seats=found, quota=quota)


def furnish(context: Context, seats: int = 70) -> None:
    """Put people into the room: 60 claimed, four only expected, the rest spare."""
    now = context.clock()
    with context.store.database.transaction():
        for number in range(1, seats + 1):
            seat = f"seat-{number:02d}"
            if number <= seats - 6:
                context.store.seats.rename(seat, name(number))
            if number <= seats - 10:
                for _ in range(1 + (number % 9 == 0)):
                    context.store.sessions.open(seat, Kind.ATTENDEE, name(number), now - 3600)
                context.store.seats.active(seat, now - (number * 37 % 50) * 60)
        context.store.sessions.open("seat-05", Kind.HELPER, "Instructor", now - 60)
    context.store.verbs.add(Verb.RESTART, "seat-07", now - 20, "grafana")
    context.observation = observation(seats, now)
    context.changes.happened()


def heal(context: Context, seat: str) -> None:
    """Let watch find a seat well."""
    seats = {**context.observation.seats, seat: well()}
    context.observation = replace(context.observation, at=context.clock(), seats=seats)
    context.changes.happened()
