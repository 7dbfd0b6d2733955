"""Doubles of the shop's activities: a test's worker runs them in the place of the real ones."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from orders import Order


class NotingShop:
    """Does nothing, and notes in which order it was asked for what.

    The workflow asks for activities by name, so a double needs no more than that.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def activities(self) -> list[Callable[..., Any]]:
        """What a worker needs."""
        return [self.quote, self.reserve, self.remind, self.ship, self.release]

    @activity.defn
    async def quote(self, order: Order) -> int:
        """Note it, and name a price that nobody else would come to."""
        self.asked.append("quote")
        return order.cents // 3

    @activity.defn
    async def reserve(self, _: Order) -> None:
        """Note it."""
        self.asked.append("reserve")

    @activity.defn
    async def remind(self, _: Order) -> None:
        """Note it."""
        self.asked.append("remind")

    @activity.defn
    async def ship(self, _: Order) -> None:
        """Note it."""
        self.asked.append("ship")

    @activity.defn
    async def release(self, _: Order) -> None:
        """Note it."""
        self.asked.append("release")
