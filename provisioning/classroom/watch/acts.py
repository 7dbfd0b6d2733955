"""What follows from what a pass saw: stop what is full, start what is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from logging import Logger

from classroom.errors import ClassroomError, LockedError
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.watch.hands import Hands
from classroom.watch.known import Known
from classroom.watch.reviving import Attempts, Down, down
from classroom.watch.said import Said

MOST_STARTS = 32
"""Containers started in one pass; what is left is for the next, a few seconds later."""


class Acts:
    """Decides by what was seen and what is known, and has the hands do it."""

    def __init__(self, known: Known, hands: Hands, said: Said, log: Logger) -> None:
        self._known = known
        self._hands = hands
        self._said = said
        self._log = log

    async def after(self, seen: Observed) -> bool:
        """Do what is due; return whether anything was done."""
        async with self._known.changing:
            stopped = await self._stop_full(seen)
            started = await self._start_down(self.to_revive(seen))
        return stopped or started

    def to_revive(self, seen: Observed) -> tuple[Down, ...]:
        """Return what is down and should not be: nothing that is over its quota."""
        full = {part for part, usage in self._known.usage.items() if usage.full}
        return tuple(
            d
            for d in down(seen.containers.values(), self._known.class_file.name)
            if (d.seat, d.component) not in full
        )

    async def _stop_full(self, seen: Observed) -> bool:
        """Stop the components whose volume is full."""
        running = {
            (c.labels.get(names.LABEL_SEAT), c.labels.get(names.LABEL_COMPONENT))
            for c in seen.containers.values()
            if c.state == "running"
        }
        known = self._known.usage
        full = [part for part, usage in known.items() if usage.full and part in running]
        for part in full:
            seat, component = part
            try:
                await asyncio.to_thread(self._hands.stop, seat, component)
            except ClassroomError as error:
                self._log.warning("%s %s could not be stopped: %s", seat, component, error.what)
                continue
            # Who lifts the quota before the next pass has looked is to get it back at once.
            known[part] = replace(known[part], stopped=True)
            self._log.info("%s %s stopped: %s", seat, component, known[part].words)
        return bool(full)

    async def _start_down(self, found: Sequence[Down]) -> bool:
        """Start what is down and due, the front door first."""
        attempts, now = self._known.attempts, time.monotonic()
        due = [d for d in found if attempts.get(d.container, Attempts()).due(now)]
        due = sorted(due, key=lambda d: d.seat != names.INGRESS)[:MOST_STARTS]
        if not due:
            return False
        try:
            failed = await asyncio.to_thread(self._hands.revive, due)
        except LockedError as error:
            self._said.locked(error.what)
            return False
        self._said.locked("")
        for d in due:
            self._known.measures.started(d.seat, d.component)
            attempts[d.container] = attempts.get(d.container, Attempts()).again(now)
            said = failed.get(d.container)
            how = f"could not be started: {said}" if said else "is started again"
            self._log.info("%s %s was down (%s): %s", d.seat, d.component, d.status, how)
        return True
