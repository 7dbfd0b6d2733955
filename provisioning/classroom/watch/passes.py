"""The passes: look, probe, say what was seen, then act on it; every 15 s, sooner on a change."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from logging import Logger

from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.crashes import Crash, crashes
from classroom.engine.lock import being_proven
from classroom.engine.observe import containers
from classroom.engine.state import write_private
from classroom.errors import EngineError, PortalError
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.probe.prove import prove
from classroom.probe.result import Result, State
from classroom.report import complete
from classroom.watch.acts import Acts
from classroom.watch.channel import Channel
from classroom.watch.depth import ROUND, Part, in_full
from classroom.watch.explain import with_attempts, with_crashes
from classroom.watch.hands import ENGINE_SECONDS, Hands
from classroom.watch.known import Known
from classroom.watch.machine import Machine
from classroom.watch.promised import planned_seats
from classroom.watch.proof import Proof
from classroom.watch.quota import with_quota
from classroom.watch.record import lately_proven, observation
from classroom.watch.reviving import Down
from classroom.watch.said import Said
from classroom.watch.volumes import Volumes

PASS_SECONDS = 15.0
"""From the beginning of one pass to that of the next."""

GLANCE_SECONDS = 4.0
"""Between two looks at which containers run, one list call each; a change begins a pass."""

FULL_PERIOD = timedelta(seconds=ROUND * PASS_SECONDS)
"""Within which each component is proven in full."""

DEADLINE_SECONDS = 12.0
"""For the probes of one pass."""

GIVE_WAY_SECONDS = 30.0
"""How long a pass waits for somebody else's proof, who would wait twice as long beside it."""

GIVE_WAY_PAUSE = 0.5

AFTERMATH_SECONDS = 30.0
"""For so long after something was done, a pass follows each glance: did it help?"""


class Passes:
    """The loop and what it carries from pass to pass."""

    def __init__(self, known: Known, hands: Hands, channel: Channel, log: Logger) -> None:
        self._known = known
        self._channel = channel
        self._said = Said(log)
        self._log = log
        self._classroom = known.class_file.name
        self._number = 0
        # What provision has just proven needs no second proof while seventy seats are starting.
        self._versions = lately_proven(known.state.health, datetime.now(UTC), FULL_PERIOD)
        self._last_full = dict.fromkeys(self._versions, 0)
        self._bad: frozenset[Part] = frozenset()
        self._promise: tuple[object, ...] = ()
        self._down: frozenset[str] = frozenset()
        self._calm_at = 0.0
        self._folder = known.state.path.stat().st_ino
        self._volumes = Volumes(known, self._said)
        self._machine = Machine()
        known.measures.add(self._machine)
        known.measures.add(Proof(known.state.health))
        self._acts = Acts(known, hands, self._said, log)

    async def run(self) -> None:
        """Pass after pass until cancelled; nothing that goes wrong in one ends the loop."""
        while True:
            if self._removed():
                self._log.info("the classroom's folder was removed: nothing is left to watch")
                signal.raise_signal(signal.SIGTERM)
            await self._give_way()
            began = time.monotonic()
            self._known.poke.clear()
            try:
                with self._known.measures.passes.time():
                    done = await self.once()
                if done:
                    self._calm_at = time.monotonic() + AFTERMATH_SECONDS
                self._said.trouble("")
            except Exception as error:
                self._said.trouble(repr(error), error)
            await self._until_next(began + PASS_SECONDS)

    def _removed(self) -> bool:
        """Whether somebody removed the folder, and perhaps made another of that name."""
        try:
            return self._known.state.path.stat().st_ino != self._folder
        except FileNotFoundError:
            return True

    async def _give_way(self) -> None:
        until = time.monotonic() + GIVE_WAY_SECONDS
        while being_proven(self._known.state.path) and time.monotonic() < until:
            await asyncio.sleep(GIVE_WAY_PAUSE)

    async def _until_next(self, due: float) -> None:
        """Wait for the next pass: sooner after an act, on a poke, or when something went down."""
        while (left := due - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(self._known.poke.wait(), min(left, GLANCE_SECONDS))
            except TimeoutError:
                pass
            else:
                self._calm_at = time.monotonic() + AFTERMATH_SECONDS
                return
            if time.monotonic() < self._calm_at or await asyncio.to_thread(self._changed):
                return

    def _changed(self) -> bool:
        """Whether anything is down that was not when the last pass looked."""
        try:
            with closing(engine.connect(patience=ENGINE_SECONDS)) as client:
                found = containers(client, self._classroom)
        except EngineError:
            return False  # The next pass says so.
        return not self._names(self._acts.to_revive(found)) <= self._down

    async def once(self) -> bool:
        """One pass; return whether something was done, so that the next should come soon."""
        self._number += 1
        seen, crashed, trouble = await asyncio.to_thread(self._look)
        measured = asyncio.to_thread(self._volumes.measure, PASS_SECONDS)
        used = asyncio.to_thread(self._machine.measure, seen)
        results, *_ = await asyncio.gather(self._probe(), measured, used)
        self._known.measures.proven(results)
        self._volumes.note(seen)
        known = self._known
        if not trouble:
            known.looked.set()
        found = complete([*trouble, *results], [*known.door.own, *self._parts])
        explained = with_attempts(with_crashes(found, crashed), known.attempts, self._classroom)
        whole = self._with_versions(with_quota(explained, known.usage))
        told = [replace(r, fix=for_class(r.fix, known.file)) for r in whole]
        self._bad = frozenset((r.seat, r.component) for r in told if not r.good)
        await self._tell(told)
        return False if trouble else await self._acts.after(seen)

    @property
    def _parts(self) -> list[Part]:
        return [(seat.name, part) for seat in self._known.seats for part in seat.components]

    def _look(self) -> tuple[Observed, Sequence[Crash], list[Result]]:
        """Ask the engine what runs; when it is silent, that is the front door's result."""
        known = self._known
        try:
            with closing(engine.connect(patience=ENGINE_SECONDS)) as client:
                seen = containers(client, self._classroom)
                looping = any(c.state == "restarting" for c in seen.containers.values())
                crashed = crashes(client, self._classroom) if looping else ()
        except EngineError as error:
            words = (error.what, error.remedy)
            return Observed(), (), [Result(*_DOOR, State.FAILED, "engine", *words)]
        self._down = self._names(self._acts.to_revive(seen))
        # Reading seventy Compose files takes most of a second: only when one may have changed.
        promise = (known.state.rendered_at, *sorted(seen.containers))
        if promise != self._promise:
            known.seats = planned_seats(known.class_file, seen, known.state, known.keys)
            self._promise = promise
        return seen, crashed, []

    async def _probe(self) -> tuple[Result, ...]:
        """Prove the front door and every component, some in full, the others lightly."""
        full = in_full(self._parts, self._last_full, self._bad)
        self._last_full |= dict.fromkeys(full, self._number)
        seats = [
            replace(s, light=frozenset(c for c in s.components if (s.name, c) not in full))
            for s in self._known.seats
        ]
        return await prove(
            self._known.door,
            seats,
            fresh=False,
            deadline=DEADLINE_SECONDS,
            on_result=lambda _: None,
            settle=False,
        )

    def _with_versions(self, results: Sequence[Result]) -> list[Result]:
        """Give light proofs the version that the last full one read."""
        self._versions |= {(r.seat, r.component): r.version for r in results if r.version}
        return [
            replace(r, version=self._versions.get((r.seat, r.component), "")) if r.good else r
            for r in results
        ]

    async def _tell(self, results: Sequence[Result]) -> None:
        document = observation(
            results, self._known.usage, classroom=self._classroom, at=datetime.now(UTC)
        )
        self._said.results(results)
        write_private(self._known.state.watch, document)
        try:
            await self._channel.post_observation(document)
            await self._channel.post_metrics(self._known.measures.document())
            self._said.portal("")
        except PortalError as error:
            self._said.portal(error.what)

    @staticmethod
    def _names(found: Sequence[Down]) -> frozenset[str]:
        return frozenset(d.container for d in found)


_DOOR = (names.INGRESS, names.INGRESS)
