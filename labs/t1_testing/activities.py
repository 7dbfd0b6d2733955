"""The activities. They are finished: today you write what tests them."""

from temporalio import activity

from orders import Order

BIG = 10_000


@activity.defn
async def quote(order: Order) -> int:
    """Return what the customer pays, in cents: a tenth less from 100.00 on."""
    total = order.cents * 9 // 10 if order.cents >= BIG else order.cents
    activity.logger.info("activity: %s costs %.2f", order.order_id, total / 100)
    return total


@activity.defn
async def reserve(order: Order) -> None:
    """Put the goods aside."""
    activity.logger.info("activity: %s is put aside", order.order_id)


@activity.defn
async def remind(order: Order) -> None:
    """Remind the customer to pay."""
    activity.logger.info("activity: please pay for %s", order.order_id)


@activity.defn
async def ship(order: Order) -> None:
    """Hand the parcel over."""
    activity.logger.info("activity: %s is shipped", order.order_id)


@activity.defn
async def release(order: Order) -> None:
    """Put the goods back on the shelf."""
    activity.logger.info("activity: %s goes back on the shelf", order.order_id)
