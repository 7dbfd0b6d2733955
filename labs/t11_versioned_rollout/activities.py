"""The activities, which both releases use."""

from temporalio import activity

from orders import Order


@activity.defn
async def check_fraud(order: Order) -> None:
    """Look whether somebody orders in another one's name."""
    activity.logger.info("activity: %s is checked for fraud", order.order_id)


@activity.defn
async def charge(order: Order) -> None:
    """Charge the customer."""
    activity.logger.info("activity: %s is charged", order.order_id)


@activity.defn
async def ship(order: Order) -> None:
    """Hand the parcel over."""
    activity.logger.info("activity: %s is shipped", order.order_id)
