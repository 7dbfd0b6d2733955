"""The activities: what is done at a packing table. Each worker is one table."""

import asyncio

from temporalio import activity

from orders import Box, Parcel


@activity.defn
async def pack(parcel: Parcel) -> None:
    """Pack a parcel."""
    activity.logger.info("activity: %s of %s is being packed", parcel.parcel_id, parcel.customer)
    await asyncio.sleep(parcel.seconds)


class Table:
    """What can be done at one table only, since there is the open box.

    Args:
        queue: the task queue of this table.
    """

    def __init__(self, queue: str) -> None:
        self._queue = queue

    @activity.defn
    async def open_box(self, box: Box) -> str:
        """Put a box on this table, and return the task queue that leads to it."""
        activity.logger.info("activity: the box of %s is open on %s", box.order_id, self._queue)
        return self._queue

    @activity.defn
    async def put_in(self, box: Box, thing: int) -> None:
        """Put a thing into the box that lies here."""
        await asyncio.sleep(0.5)
        activity.logger.info("activity: thing %s is in the box of %s", thing, box.order_id)
