"""Guesses of codes and passwords: who guesses much is slowed down, and who knows is let in.

Nobody is turned away unheard for what was typed at another address, or one prankster would keep a
seat's own attendee out. So after too many wrong ones the next are still heard, one after the other
and with a pause: four a second at most, where a code has 2^40 spellings. Two days of that find a
seat's code once in a million times. Behind one address, who types fastest has most of its places.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portal.limits import Limit

PACE_SECONDS = 0.25
"""Between two guesses that are heard slowly, all of them together."""

PATIENCE_SECONDS = 10.0
"""How long one waits for its turn."""

MOST_WAITING = 10
"""A key and an address; more at a time are no slips of the finger."""

Right = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Heard:
    """What came of a guess.

    Attributes:
        right: whether it was.
        wait: for how many seconds there have been too many wrong ones, 0 if there were not.
        checked: whether anybody looked; False if too many waited for that.
    """

    right: bool
    wait: int = 0
    checked: bool = True


class Guesses:
    """At most ``most`` wrong guesses a key and minute, and ``in_all``, are heard at once."""

    def __init__(
        self, hashing: asyncio.Semaphore, clock: Callable[[], float], *, most: int, in_all: int
    ) -> None:
        self._hashing = hashing
        self._clock = clock
        self._wrong = Limit(most)
        self._wrong_in_all = Limit(in_all)
        self._turn = asyncio.Semaphore(1)
        self._waiting = Counter[tuple[str, str]]()

    async def hear(self, key: str, right: Right, *, source: str) -> Heard:
        """Have ``right()`` say whether a guess is right, and count it if it is not.

        Args:
            key: what is guessed at, or by whom: too many wrong ones slow it down.
            right: looks.
            source: the address that it came from.
        """
        # Asked and counted in one turn: a thousand guesses at a time are still a thousand guesses.
        async with self._hashing:
            now = self._clock()
            wait = max(self._wrong.wait(key, now), self._wrong_in_all.wait("", now))
            if not wait:
                found = await right()
                if not found:
                    self._count(key)
                return Heard(found)
        return await self._slowly((key, source), right, wait)

    async def _slowly(self, whose: tuple[str, str], right: Right, wait: int) -> Heard:
        if not await self._gets_a_turn(whose):
            return Heard(right=False, wait=wait, checked=False)
        try:
            async with self._hashing:
                found = await right()
            await asyncio.sleep(PACE_SECONDS)
        finally:
            self._turn.release()
        return Heard(found, wait)

    async def _gets_a_turn(self, whose: tuple[str, str]) -> bool:
        if self._waiting[whose] >= MOST_WAITING:
            return False
        self._waiting[whose] += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._turn.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting[whose] -= 1
            self._waiting = +self._waiting

    def _count(self, key: str) -> None:
        now = self._clock()
        self._wrong.count(key, now)
        self._wrong_in_all.count("", now)
