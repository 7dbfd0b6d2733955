"""The activities."""

from temporalio import activity

from orders import Order


@activity.defn
async def charge(order: Order) -> None:
    """Charge the customer."""
    activity.logger.info("activity: %s is charged", order.order_id)


@activity.defn
async def ship(order: Order) -> None:
    """Hand the parcel over."""
    activity.logger.info("activity: %s is shipped", order.order_id)
