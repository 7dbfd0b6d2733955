"""What a probe says. Everything that reports (table, JSON, JUnit, console) reads these types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a component of a seat is.

    STOPPED is an attendee's own doing (the course teaches killing a worker) and no failure.
    UNKNOWN means that nobody looked, or that looking was cut short: it counts as a failure.
    """

    OK = "ok"
    STOPPED = "stopped by attendee"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    """The verdict on one component of one seat.

    Attributes:
        seat: ``seat-07``, or ``ingress`` for the front door itself.
        component: a component of the seat, ``worker``, or ``ingress``.
        state: the verdict.
        check: the check that decided it, in two or three words; empty when all passed.
        seen: what was observed, for a person to read; on OK a short proof.
        fix: the likely fix, an instruction; empty on OK.
        version: the version that the running program itself reported, or empty.
        seconds: how long the proof took, wall clock.
    """

    seat: str
    component: str
    state: State
    check: str = ""
    seen: str = ""
    fix: str = ""
    version: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether this verdict lets a session begin."""
        return self.state in (State.OK, State.STOPPED)
