"""One asynchronous pass over all seats: exactly one result for each component planned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from classroom.probe.checks import (
    CHECKS,
    Proof,
    prove_collector,
    prove_ingress,
    prove_portal,
    prove_viewer,
)
from classroom.probe.judge.portal import SEATS
from classroom.probe.reply import SEE_INGRESS, SEE_PORTAL, Unproven, clip
from classroom.probe.result import Result, State
from classroom.probe.target import COLLECTOR, INGRESS, PORTAL, VIEWER, Frontdoor, Seat
from classroom.probe.wire import TIMEOUT, Wire, wire

AT_ONCE = 32
"""Components under proof at a time: enough to hide waiting, few enough to keep timeouts honest."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Seconds between two attempts at a component that is not ready, growing from one to the other."""

INGRESS_SECONDS = 30.0
"""How long the front door may take to answer; an ingress on 70 networks starts in 8 s."""

AWAY = 1.5
"""Seconds in which a front door that was there a moment ago gets the chance to restart."""

LAST_LOOK = 2 * TIMEOUT + 1
"""Seconds for the question whether the front door is to blame, on top of the deadline."""

Attempt = Callable[[], Awaitable[Proof]]

OWN_CHECKS: dict[str, Callable[[Wire, Frontdoor], Awaitable[Proof]]] = {
    COLLECTOR: prove_collector,
    VIEWER: prove_viewer,
}


async def prove(
    front: Frontdoor,
    seats: Sequence[Seat],
    *,
    fresh: bool,
    deadline: float,
    on_result: Callable[[Result], None],
    settle: bool,
) -> tuple[Result, ...]:
    """Prove the ingress and its portal, then every planned component of every seat, all at once.

    Args:
        front: the front door, through which everything is asked.
        seats: the seats, each with the components it was planned with.
        fresh: also demand that the welcome workers complete a workflow (right after provision).
        deadline: seconds from now after which the pass ends, whatever is still open.
        on_result: called with each result as soon as it is final, in no particular order.
        settle: give what is not ready another attempt until it is, or until the deadline.

    Returns:
        The ingress's result, the portal's, the class Prometheus's and, where one was planned, the
        class Grafana's, then exactly one for each seat and component, in the order given. A dead
        ingress is the one failure, or a portal that lets nobody in; all others are then UNKNOWN and
        point to it. A portal that does not know the seats is a failure too, but a probe's key still
        opens them. What the deadline cut off before its first verdict is UNKNOWN.
    """
    listed = [seat.name for seat in seats if seat.enrolled]
    async with wire(front, {seat.host: seat.key for seat in seats if seat.key}) as line:
        now = asyncio.get_running_loop().time()
        entrance = _Run(now + min(deadline, INGRESS_SECONDS), settle)
        doors = await _doors(entrance, line, front, listed)
        closed = next((door for door in doors if not door.good and door.check != SEATS), None)
        if closed is not None:
            unseen = [_behind(closed, *part) for part in front.own]
            unseen += [
                _behind(closed, seat.name, part) for seat in seats for part in seat.components
            ]
            for result in (*doors, *unseen):
                on_result(result)
            return (*doors, *unseen)

        run = _Run(now + deadline, settle)

        async def one(seat: str, part: str, attempt: Attempt) -> Result:
            result = await run.result(seat, part, attempt)
            on_result(result)
            return result

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(one(*part, partial(OWN_CHECKS[part[1]], line, front)))
                for part in front.own
            ]
            tasks += [
                group.create_task(one(seat.name, part, partial(CHECKS[part], line, seat, fresh)))
                for seat in seats
                for part in seat.components
            ]
        results = [task.result() for task in tasks]
        if not all(result.good for result in results):
            # Is the front door to blame? One look, past the deadline if need be.
            last = _Run(asyncio.get_running_loop().time() + LAST_LOOK, settle=False)
            doors = await _doors(last, line, front, listed)
        for door in doors:
            on_result(door)
        return (*doors, *results)


async def prove_doors(front: Frontdoor, *, deadline: float) -> tuple[Result, Result]:
    """Prove the ingress and its portal alone, until both are ready or the deadline has passed.

    Args:
        front: the front door.
        deadline: seconds from now; no more than the pass over everything waits for them.
    """
    async with wire(front, {}) as line:
        ends = asyncio.get_running_loop().time() + min(deadline, INGRESS_SECONDS)
        return await _doors(_Run(ends, settle=True), line, front, ())


async def _doors(
    run: _Run, line: Wire, front: Frontdoor, listed: Collection[str]
) -> tuple[Result, Result]:
    """Prove what all seats are behind; the portal is not looked at behind a dead ingress."""
    door = await run.result(INGRESS, INGRESS, lambda: prove_ingress(line, front))
    if not door.good:
        return door, _behind(door, INGRESS, PORTAL)
    return door, await run.result(INGRESS, PORTAL, lambda: prove_portal(line, front, listed))


def _behind(door: Result, seat: str, part: str) -> Result:
    seen = f"not looked at: the {door.component} lets nobody through"
    fix = SEE_INGRESS if door.component == INGRESS else SEE_PORTAL
    return Result(seat, part, State.UNKNOWN, door.component, seen, fix, seconds=door.seconds)


@dataclass
class _Run:
    """What all attempts of one pass share."""

    ends: float
    settle: bool

    def __post_init__(self) -> None:
        self.gate = asyncio.Semaphore(AT_ONCE)

    async def result(self, seat: str, part: str, attempt: Attempt) -> Result:
        """Attempt until good, or once; turn what came of it into a result."""
        clock = asyncio.get_running_loop().time
        began = clock()
        last = Result(seat, part, State.UNKNOWN, "deadline", "no verdict in time", "make health")
        pause = FIRST_PAUSE
        try:
            async with asyncio.timeout_at(self.ends):
                last = await self._attempt(seat, part, attempt)
                if last.fix in (SEE_INGRESS, SEE_PORTAL) and not self.settle:
                    await asyncio.sleep(AWAY)
                    last = await self._attempt(seat, part, attempt)
                while self.settle and not last.good:
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, LONGEST_PAUSE)
                    last = await self._attempt(seat, part, attempt)
        except TimeoutError:
            pass  # The last verdict stands.
        return replace(last, seconds=clock() - began)

    async def _attempt(self, seat: str, part: str, attempt: Attempt) -> Result:
        async with self.gate:
            return await _outcome(seat, part, attempt)


async def _outcome(seat: str, part: str, attempt: Attempt) -> Result:
    try:
        proof = await attempt()
    except Unproven as why:
        fix = why.fix.replace("{seat}", seat)
        return Result(seat, part, why.state, why.check, why.seen, fix)
    except Exception as error:  # One result for each component, even past a fault of the probe.
        seen = clip(f"the probe itself failed: {error!r}")
        return Result(seat, part, State.UNKNOWN, "probe", seen, "make health; then report this")
    return Result(seat, part, proof.state, seen=proof.seen, version=proof.version)
