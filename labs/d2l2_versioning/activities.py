"""The activities. They are finished: what you change today is when they are asked for."""

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


@activity.defn
async def send_receipt(order: Order) -> None:
    """Send the customer a receipt."""
    activity.logger.info("activity: the receipt for %s is sent", order.order_id)
