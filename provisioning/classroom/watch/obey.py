"""Take orders from the portal's queue, carry them out, answer each."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from logging import Logger

from classroom.errors import (
    ClassroomError,
    EngineError,
    LockedError,
    PortalError,
    RefusedError,
)
from classroom.probe.reply import clip
from classroom.spec.verbs import Verb
from classroom.watch.channel import Channel
from classroom.watch.hands import Hands
from classroom.watch.known import Known
from classroom.watch.orders import Order, allow, order_id, read_order
from classroom.watch.quota import GIB, Usage, lift, of_seat
from classroom.watch.record import keep_lifted

PAUSE_SECONDS = 2.0
"""Between two attempts to reach a portal that is away, and between two quick empty answers."""

CUT_SECONDS = 60.0
"""For so long a cut is tried again: a provision replaces networks and clears away what cuts."""

FIRST_LOOK_SECONDS = 60.0
"""How long an order waits for the first pass, which may itself wait for somebody's proof."""

ANSWERS_KEPT = 200
"""A verb whose answer was lost on the way is offered again; it is not done twice."""

Answer = tuple[bool, str]


class Obey:
    """The executor of the closed list."""

    def __init__(self, known: Known, hands: Hands, channel: Channel, log: Logger) -> None:
        self._known = known
        self._hands = hands
        self._channel = channel
        self._log = log
        self._answers: OrderedDict[str, Answer | None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take orders until cancelled. Each has a task: a cut never waits for a restart."""
        away = ""
        while True:
            began = time.monotonic()
            try:
                found = await self._channel.orders()
                now = ""
            except PortalError as error:
                found, now = [], error.what
            if now != away:
                self._log.info("orders: %s", f"the portal is away: {now}" if now else "open")
                away = now
            for data in found:
                task = asyncio.create_task(self._take(data))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if not found and time.monotonic() - began < PAUSE_SECONDS:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _take(self, data: object) -> None:
        key = order_id(data)
        if not key or not isinstance(data, dict):
            self._log.warning("orders: one without an id: %s", clip(repr(data), 80))
            return
        if key not in self._answers:
            self._answers[key] = None
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
            self._answers[key] = await self._obey(data)
        answer = self._answers[key]
        if answer is not None:  # None: it is being carried out by another task
            await self._answer(key, answer)

    async def _answer(self, key: str, answer: Answer) -> None:
        ok, detail = answer
        try:
            await self._channel.answer(key, ok=ok, detail=detail)
        except PortalError as error:
            # The portal offers it again, and is then told the same.
            self._log.info("orders: an answer was not taken: %s", error.what)

    async def _obey(self, data: dict[str, object]) -> Answer:
        try:
            ok, detail = True, await self._do(read_order(data))
        except LockedError as error:
            ok, detail = False, f"not now: {error.what}; try again when that has ended"
        except ClassroomError as error:
            ok, detail = False, error.what
        except Exception as error:
            self._log.exception("orders: failed in an unforeseen way")
            ok, detail = False, f"failed in an unforeseen way: {error!r}"
        said = clip(repr(data.get("verb")), 40), clip(repr(data.get("seat")), 40)
        self._log.info("order %s %s: %s, %s", *said, "done" if ok else "not done", clip(detail))
        self._known.measures.obeyed(ok=ok)
        self._known.poke.set()
        return ok, clip(detail)

    async def _do(self, order: Order) -> str:
        if order.verb is Verb.CUT:
            return await self._cut(order.seat)
        await self._first_look()
        allow(order, self._known.components(), of_seat(self._known.usage, order.seat))
        match order.verb:
            case Verb.STOP_WORKERS:
                return await asyncio.to_thread(self._hands.stop_workers, order.seat)
            case Verb.RESTART:
                async with self._known.changing:
                    return await asyncio.to_thread(self._hands.restart, order.seat, order.component)
            case Verb.LIFT_QUOTA:
                async with self._known.changing:
                    return await asyncio.to_thread(self._lift, order.seat)

    async def _cut(self, seat: str) -> str:
        """Cut, waiting for nothing that watch has yet to learn, until it is done.

        Whose seat it was is refused already. What they have open stays until somebody ends it, and
        the portal asks only once.
        """
        until = time.monotonic() + CUT_SECONDS
        while True:
            try:
                return await asyncio.to_thread(self._hands.cut, seat)
            except EngineError:
                known = self._known
                stranger = known.looked.is_set() and seat not in known.components()
                if stranger or time.monotonic() > until:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)

    async def _first_look(self) -> None:
        """Wait until the seats and their volumes are known."""
        try:
            await asyncio.wait_for(self._known.looked.wait(), FIRST_LOOK_SECONDS)
        except TimeoutError:
            raise RefusedError(
                "watch has just begun and has not seen the seats yet; try again in a minute"
            ) from None

    def _lift(self, seat: str) -> str:
        """Give each volume of the seat that presses more room, and start what was stopped."""
        done = []
        for component, usage in of_seat(self._known.usage, seat).items():
            if not usage.warned:
                continue
            limit = lift(usage)
            if usage.stopped:
                self._hands.restart(seat, component)
            self._known.lifted[seat, component] = limit
            self._known.usage[seat, component] = Usage(usage.used, limit)
            keep_lifted(self._known.state, self._known.lifted)
            runs = ", and runs again" if usage.stopped else ""
            done.append(f"{component} of {seat} may now take {limit / GIB:g} GiB{runs}")
        return "; ".join(done)
