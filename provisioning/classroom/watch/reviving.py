"""Which containers watch starts again, and when the next attempt at one is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from classroom.plan import names
from classroom.plan.observed import Container

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between attempts at the same container, doubling from one to the other."""

STEADY_SECONDS = 60.0
"""What has run for so long is well again: its next end is not one more of the same."""


@dataclass(frozen=True)
class Down:
    """A container that should run and that the engine's restart policy leaves as it is.

    ``status`` is Docker's sentence: "Exited (137) 2 seconds ago".
    """

    container: str
    seat: str
    component: str
    status: str
    paused: bool = False


@dataclass(frozen=True)
class Attempts:
    """How often it was started lately, and when last (seconds of any one clock)."""

    count: int = 0
    last: float = 0.0

    def again(self, now: float) -> Attempts:
        """One more, now; a container that had run steadily begins anew."""
        steady = now - self.last > STEADY_SECONDS + self.pause
        return Attempts(1 if steady else self.count + 1, now)

    @property
    def pause(self) -> float:
        """Seconds from the last attempt until the next."""
        return min(FIRST_PAUSE * 2.0 ** min(self.count - 1, 16), LONGEST_PAUSE)

    def due(self, now: float) -> bool:
        """Whether another attempt may be made."""
        return self.count == 0 or now - self.last >= self.pause


def down(containers: Iterable[Container], classroom: str) -> tuple[Down, ...]:
    """Return the classroom's services that are stopped or paused.

    One that is *restarting* is the engine's to start, with pauses of its own; one that somebody
    removed is for provision to make anew. What has no hash is no service (a carrier, say).
    """
    return tuple(
        Down(
            container=c.name,
            seat=c.labels.get(names.LABEL_SEAT, ""),
            component=c.labels.get(names.LABEL_COMPONENT, ""),
            status=c.status,
            paused=c.state == "paused",
        )
        for c in containers
        if c.state in ("exited", "created", "paused")
        and c.labels.get(names.LABEL_CLASSROOM) == classroom
        and names.LABEL_HASH in c.labels
    )
