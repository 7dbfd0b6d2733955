"""The activities: a place in a van, and the parcel's departure."""

from temporalio import activity

from orders import Parcel


@activity.defn
async def book_post(parcel: Parcel) -> None:
    """Book a place in the post's van."""
    activity.logger.info("activity: the post takes parcel %s", parcel.number)


@activity.defn
async def book_courier(parcel: Parcel) -> None:
    """Book a courier, who is dearer."""
    activity.logger.info("activity: a courier takes parcel %s", parcel.number)


@activity.defn
async def ship(parcel: Parcel) -> None:
    """Hand the parcel over."""
    activity.logger.info("activity: parcel %s is shipped", parcel.number)
