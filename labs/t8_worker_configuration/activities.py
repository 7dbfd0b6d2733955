"""The activities: the carrier's service prints a label, and takes its time."""

import asyncio

from temporalio import activity


@activity.defn
async def print_label(parcel_id: str, seconds: float) -> None:
    """Have a label printed for a parcel. Nearly all of it is waiting."""
    await asyncio.sleep(seconds)
    activity.logger.info("activity: %s has its label", parcel_id)
