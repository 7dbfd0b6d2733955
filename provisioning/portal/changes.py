"""Tells open pages that something changed, without saying what: they look for themselves."""

from __future__ import annotations

import asyncio


class Changes:
    """A counter that can be waited for.

    ``ended`` says that the portal is about to end: who waits is woken and should come to an end.
    """

    def __init__(self) -> None:
        self.version = 0
        self.ended = False
        self._next = asyncio.Event()

    def happened(self) -> None:
        """Something changed: wake everybody who waits."""
        self.version += 1
        self._next.set()
        self._next = asyncio.Event()

    def end(self) -> None:
        """Wake everybody for the last time."""
        self.ended = True
        self.happened()

    async def after(self, version: int, seconds: float) -> None:
        """Return as soon as there was a change after ``version``, or when time is up."""
        if self.version != version:
            return
        try:
            await asyncio.wait_for(self._next.wait(), seconds)
        except TimeoutError:
            return
