"""How full the volumes are, measured as often as it costs little."""

from __future__ import annotations

import time
from contextlib import closing

from classroom.engine import client as engine
from classroom.engine.volumes import sizes
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.watch.hands import ENGINE_SECONDS
from classroom.watch.known import Known
from classroom.watch.quota import usages
from classroom.watch.record import last_pass
from classroom.watch.said import Said

SHARE = 20
"""Volumes are measured again once twenty times as long has passed as the last time took."""


class Volumes:
    """The sizes of the seats' volumes, kept from pass to pass."""

    def __init__(self, known: Known, said: Said) -> None:
        self._known = known
        self._said = said
        self._due = 0.0
        before = last_pass(known.state.watch)
        self._sizes = {part: u.used for part, u in before.usage.items()} if before else {}

    def measure(self, period: float) -> None:
        """Measure, if it is time to; what can't be measured keeps its figure.

        Args:
            period: seconds from one pass to the next, of which one is no wait.
        """
        began = time.monotonic()
        if began < self._due:
            return
        try:
            with closing(engine.connect(patience=ENGINE_SECONDS)) as client:
                self._sizes |= sizes(client, self._known.class_file.name)
            self._said.volumes("")
        except EngineError as error:
            self._said.volumes(error.what)
        ended = time.monotonic()
        self._due = ended + SHARE * (ended - began) - period

    def note(self, seen: Observed) -> None:
        """Put down how full the volumes of the seats are, and which component stands still."""
        known = self._known
        there = {seat.name for seat in known.seats}
        idle = {
            (c.labels.get(names.LABEL_SEAT, ""), c.labels.get(names.LABEL_COMPONENT, ""))
            for c in seen.containers.values()
            if c.state != "running"
        }
        measured = {part: size for part, size in self._sizes.items() if part[0] in there}
        known.usage = usages(measured, known.quota, known.lifted, frozenset(idle))
        self._said.usage(known.usage)
