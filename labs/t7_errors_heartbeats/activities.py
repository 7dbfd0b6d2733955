"""The activities: a payment that may be refused, and a box that takes its time."""

import asyncio

from temporalio import activity

from orders import Card, Order, Packed

SECONDS_AN_ITEM = 1


class CardRefusedError(Exception):
    """The bank says no, and will say so again."""


@activity.defn
async def charge(order: Order) -> None:
    """Charge the customer."""
    attempt = activity.info().attempt
    activity.logger.info("activity: charge %s, attempt %s", order.order_id, attempt)
    if order.card == Card.STOLEN:
        raise CardRefusedError("the card is stolen")


@activity.defn
async def pack(order: Order) -> Packed:
    """Put one item after the other into the box, and all back if nobody wants it any more."""
    done = 0
    # % if solution
    if details := activity.info().heartbeat_details:
        done = int(details[0])
    # % else
    # TODO 3: Go on where the last attempt has got to; and after each item, say how far you are.
    #     if details := activity.info().heartbeat_details:
    #         done = int(details[0])

    # % endif
    began_with = done + 1
    try:
        for item in range(began_with, order.items + 1):
            await asyncio.sleep(SECONDS_AN_ITEM)
            activity.logger.info("activity: item %s of %s is packed", item, order.order_id)
            # % if solution
            activity.heartbeat(item)
            # % else
            #     activity.heartbeat(item)

            # % endif
    except asyncio.CancelledError:
        activity.logger.info("activity: %s is unpacked", order.order_id)
        raise
    return Packed(order.items, began_with)


@activity.defn
async def refund(order: Order) -> None:
    """Give the customer the money back."""
    activity.logger.info("activity: %s is refunded", order.order_id)
