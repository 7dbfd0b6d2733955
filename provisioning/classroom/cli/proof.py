"""The proof after a bring-up: wait for what is slow, not for what can't come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

from classroom.engine.client import START_REMEDY
from classroom.engine.crashes import Crash
from classroom.errors import EngineError
from classroom.plan import names
from classroom.probe.patience import FROZEN_SECONDS, Look, frozen, hopeless
from classroom.probe.prove import prove
from classroom.probe.result import Result, State
from classroom.probe.target import Frontdoor, Seat
from classroom.watch.explain import with_crashes

LOOK_SECONDS = 2.0
"""Pause between two looks at the engine, one list call each."""

LAST_PROOF_SECONDS = 20.0
"""For the last attempt at each component that is given up."""

SECOND_LOOK_SECONDS = 60.0
"""For seats in which a server was restarted: some of Prometheus's intervals."""


async def prove_patiently(
    front: Frontdoor,
    seats: Sequence[Seat],
    *,
    deadline: float,
    on_result: Callable[[Result], None],
    crashes: Callable[[], Sequence[Crash]],
    kept: Set[tuple[str, str]],
    restart: Callable[[str, str], None],
) -> tuple[Result, ...]:
    """Prove every seat until all are ready, the deadline has passed, or waiting is hopeless.

    Args:
        front: the front door.
        seats: the seats with the components to prove.
        deadline: seconds until the pass ends in any case, give or take the last attempt, and the
            second look at seats in which something had to be restarted.
        on_result: called with each result as soon as it is final.
        crashes: asks the engine for crashed containers; raises EngineError if it is silent.
        kept: seat and component of what was up before this run, which had nothing to do there.
        restart: starts a seat's component anew; called once for one that was up but is frozen.

    Returns:
        A result for the ingress and each component. What was given up had one more attempt.
    """
    wait = _Wait(front, seats, on_result, kept)
    proving = asyncio.create_task(
        prove(front, seats, fresh=True, deadline=deadline, on_result=wait.add, settle=True)
    )
    watching = asyncio.create_task(wait.until_hopeless(crashes, restart))
    await asyncio.wait({proving, watching}, return_when=asyncio.FIRST_COMPLETED)
    for task in (watching, proving):
        task.cancel()
    await asyncio.wait({proving, watching})
    for task in (proving, watching):
        if not task.cancelled():
            task.result()
    if proving.cancelled():
        if wait.engine:
            # Said first, so that it counts as the ingress's result.
            wait.add(Result(names.INGRESS, names.INGRESS, State.FAILED, "engine", *wait.engine))
        await prove(
            front,
            wait.unfinished,
            fresh=True,
            deadline=LAST_PROOF_SECONDS,
            on_result=wait.add,
            settle=False,
        )
    if wait.shaken:
        await prove(
            front,
            wait.shaken,
            fresh=True,
            deadline=SECOND_LOOK_SECONDS,
            on_result=wait.correct,
            settle=True,
        )
    return tuple(wait.found.values())


@dataclass
class _Wait:
    """What is known so far; ``engine`` says what is wrong with the engine, and the remedy."""

    front: Frontdoor
    seats: Sequence[Seat]
    on_result: Callable[[Result], None]
    kept: Set[tuple[str, str]]
    restarted: set[tuple[str, str]] = field(default_factory=set)
    found: dict[tuple[str, str], Result] = field(default_factory=dict)
    crashed: Sequence[Crash] = ()
    engine: tuple[str, str] | None = None
    news: float = 0.0

    def add(self, result: Result) -> None:
        """Keep a final result and pass it on, with the engine's word for why it is bad."""
        key = (result.seat, result.component)
        if key in self.found:
            return
        self.news = asyncio.get_running_loop().time()
        self.correct(result)
        self.on_result(self.found[key])

    def correct(self, result: Result) -> None:
        """Keep a result, also in the place of an earlier one, with the engine's word."""
        (result,) = with_crashes([result], self.crashed)
        self.found[result.seat, result.component] = result

    @property
    def shaken(self) -> list[Seat]:
        """The seats that are good, but were in part proven before a server was restarted there.

        That was not proven of what runs now: a Prometheus that looked for its server in that moment
        sees it down for one more interval.
        """
        restarted = {seat for seat, _ in self.restarted}
        return [
            seat
            for seat in self.seats
            if seat.name in restarted
            and all(self.found[seat.name, part].good for part in seat.components)
        ]

    @property
    def unfinished(self) -> list[Seat]:
        """The seats with those components that have no result yet."""
        left = [
            replace(s, components=tuple(c for c in s.components if (s.name, c) not in self.found))
            for s in self.seats
        ]
        return [seat for seat in left if seat.components]

    async def until_hopeless(
        self, crashes: Callable[[], Sequence[Crash]], restart: Callable[[str, str], None]
    ) -> None:
        """Look at the engine again and again; return when waiting makes no sense any more."""
        clock = asyncio.get_running_loop().time
        heard = self.news = clock()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.crashed = await asyncio.to_thread(crashes)
                heard, self.engine = clock(), None
                if clock() - self.news >= FROZEN_SECONDS:
                    await asyncio.to_thread(self._thaw, restart)
            except EngineError as error:
                self.engine = (error.what, error.remedy or START_REMEDY)
            look = Look(
                waiting=self._waiting(),
                looping=frozenset(crash.seat for crash in self.crashed if crash.looping),
                standstill=clock() - self.news,
                silence=clock() - heard,
            )
            if look.waiting and hopeless(look):
                return

    def _waiting(self) -> frozenset[str]:
        """The stacks of which something has no result yet, apart from the front door."""
        seats = frozenset(seat.name for seat in self.unfinished)
        proven = self.found.keys() >= {*self.front.own}
        return seats if proven else seats | {names.INGRESS}

    def _thaw(self, restart: Callable[[str, str], None]) -> None:
        crashed = {crash.seat for crash in self.crashed}
        waiting = {seat.name: seat.components for seat in self.unfinished}
        for server in frozen(waiting):
            if server in self.kept - self.restarted and server[0] not in crashed:
                self.restarted.add(server)
                restart(*server)
