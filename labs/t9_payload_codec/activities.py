"""The activities. They know nothing of encryption: what they are given has been decrypted."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from orders import Order


@activity.defn
async def charge(order: Order) -> str:
    """Charge the customer, and return a sentence about it."""
    if not order.card:
        raise ApplicationError(f"{order.email} gave no card", non_retryable=True)
    activity.logger.info("activity: %s is charged", order.order_id)
    return f"{order.email} paid with the card {order.card}"
