"""What was measured at the front door, as data that goes to a file and comes back."""

from __future__ import annotations

from dataclasses import dataclass

from bench.doors.first import First
from bench.doors.pairs import Pairs
from bench.outcome import Occasion


@dataclass(frozen=True)
class Resident:
    """Bytes that a component used, in all seats: without visitors, at most, and afterwards."""

    before: int
    peak: int
    after: int


@dataclass(frozen=True)
class Arrival:
    """What came of everybody's coming in.

    Attributes:
        within: seconds over which the claims were spread.
        took: seconds from the first attendee's arrival until the last one had every page.
        requests: step -> how many requests it is.
        steps: step -> seconds that it took, of each attendee.
        errors: everything that did not go as it should.
        memory: component -> its memory.
        cpu: processor seconds meanwhile: component -> of all seats, and the crowd's own.
    """

    within: float
    took: float
    requests: dict[str, int]
    steps: dict[str, list[float]]
    errors: list[str]
    memory: dict[str, Resident]
    cpu: dict[str, float]


@dataclass
class Doors(Occasion):
    """Everything found out at the front door.

    Attributes:
        first: the first seat, while provision was still at work.
        arrival: a whole class at once.
        pairs: who reaches whom behind it.
    """

    first: First
    arrival: Arrival
    pairs: Pairs
