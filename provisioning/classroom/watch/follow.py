"""Follows all seats through the course, and tells the portal how far they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from logging import Logger
from pathlib import Path

from classroom.engine.lock import being_proven
from classroom.errors import PortalError
from classroom.probe.target import Seat
from classroom.probe.wire import Wire, wire
from classroom.watch.channel import Channel
from classroom.watch.known import Known
from classroom.watch.outside import Outside
from classroom.watch.progress import (
    MOST_RESULTS,
    AtWork,
    Lasting,
    Result,
    Told,
    document,
    results,
)
from classroom.watch.said import Said
from labkit.checking.declared import Checked, course
from labkit.checking.following import Following
from labkit.checking.source import SilentError
from labkit.doctor.outside import standing_still

LABS = Path(__file__).resolve().parents[3] / "labs"

ROUND_SECONDS = 15.0
"""From the beginning of one round to that of the next."""

SEAT_SECONDS = 10.0
"""For one look at one seat; the next goes on from where it ended."""

AT_ONCE = 12
"""Seats that are looked at, at a time; each is asked one thing after the other."""


class Follow:
    """The loop and what it carries from round to round."""

    def __init__(self, known: Known, channel: Channel, log: Logger) -> None:
        self._known = known
        self._channel = channel
        self._said = Said(log)
        self._course: Sequence[Checked] = course(LABS)
        self._labs = [checked.lab for checked in self._course]
        self._follows: dict[str, Following] = {}
        self._lasting: dict[str, Lasting] = {}
        self._at_work: dict[str, AtWork] = {}
        self._found: dict[str, list[Result]] = {}
        self._told = Told()

    async def run(self) -> None:
        """Round after round until cancelled; nothing that goes wrong in one ends the loop."""
        while True:
            began = time.monotonic()
            try:
                if not being_proven(self._known.state.path):
                    await self.once()
                self._said.trouble("")
            except Exception as error:
                self._said.trouble(repr(error), error)
            await asyncio.sleep(max(began + ROUND_SECONDS - time.monotonic(), 1.0))

    async def once(self) -> None:
        """Look at every seat, and tell what was found."""
        seats = {seat.name: seat for seat in self._known.seats}
        for of_seats in (self._follows, self._lasting, self._at_work, self._found):
            for gone in of_seats.keys() - seats:
                of_seats.pop(gone)
        turn = asyncio.Semaphore(AT_ONCE)
        keys = {seat.host: seat.key for seat in seats.values() if seat.key}
        with self._known.measures.rounds.time():
            async with wire(self._known.door, keys) as line, asyncio.TaskGroup() as group:
                for seat in seats.values():
                    group.create_task(self._seat(line, seat, turn))
        await self._tell()

    async def _seat(self, line: Wire, seat: Seat, turn: asyncio.Semaphore) -> None:
        """Look at a seat; what can't be learned of it now stays as it was."""
        async with turn:
            why = ""
            try:
                async with asyncio.timeout(SEAT_SECONDS):
                    await self._look(Outside(line, seat.host), seat.name)
            except SilentError as error:
                why = str(error)
            except TimeoutError:
                why = f"it takes longer than {SEAT_SECONDS:g} s"
            except Exception as error:  # One seat's answers must not hide another's.
                why = f"failed in an unforeseen way: {error!r}"
            self._said.progress(seat.name, why)
            self._known.measures.looked(read=not why)

    async def _look(self, outside: Outside, name: str) -> None:
        follows = self._follows.setdefault(name, Following(self._course))
        look = await follows.look(outside)
        now = datetime.now(UTC)
        self._found[name] = results(name, look, now)
        lasting = self._lasting.setdefault(name, Lasting())
        self._at_work[name] = AtWork(look.lab, self._at_work.get(name, AtWork("")).stuck)
        troubles = await standing_still(outside, look.running, self._labs, look.lab, now)
        self._at_work[name] = AtWork(look.lab, lasting.of(troubles, now.timestamp()))

    async def _tell(self) -> None:
        """Tell the portal, in as many messages as the news takes; what it misses is told again."""
        found = [result for of_seat in self._found.values() for result in of_seat]
        try:
            more = True
            while more:
                news = self._told.news(found)
                await self._channel.post_progress(document(self._course, self._at_work, news))
                self._told.taken(news)
                more = len(news) == MOST_RESULTS
        except PortalError:
            return  # The passes say so, who talk to it as well.
