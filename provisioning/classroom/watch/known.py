"""What watch knows and carries from one pass to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classroom.engine.state import StateFolder
from classroom.probe.planned import Keys
from classroom.probe.target import Frontdoor, Seat
from classroom.spec.model import ClassFile
from classroom.watch.depth import Part
from classroom.watch.measures import Measures
from classroom.watch.quota import Usage
from classroom.watch.reviving import Attempts


@dataclass
class Known:
    """Facts about one classroom, as of the last pass.

    Attributes:
        class_file: as it was when this watch started; provision starts another one.
        file: where it is, for commands that are advised.
        state: the classroom's folder.
        quota: bytes that each volume of a seat may take.
        door: the ingress, and what opens the portal.
        keys: what opens the seats.
        lifted: seat and component -> bytes that an instructor allowed it.
        seats: all that were promised.
        usage: how full the volume of each component is.
        attempts: container -> how often watch has started it lately.
        looked: set once the first pass has seen the seats and measured their volumes.
        measures: what this watch counts.
        changing: held while containers are started and stopped.
        poke: set when something was done whose outcome should be seen soon.
    """

    class_file: ClassFile
    file: Path
    state: StateFolder
    quota: int
    door: Frontdoor
    keys: Keys
    lifted: dict[Part, int] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    usage: dict[Part, Usage] = field(default_factory=dict)
    attempts: dict[str, Attempts] = field(default_factory=dict)
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    measures: Measures = field(default_factory=Measures)
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    poke: asyncio.Event = field(default_factory=asyncio.Event)

    def components(self) -> Mapping[str, frozenset[str]]:
        """Return seat -> its components."""
        return {seat.name: frozenset(seat.components) for seat in self.seats}
