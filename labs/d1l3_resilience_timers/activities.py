"""The activities: a payment service that is down half of the time, and a reminder."""

import time
from collections.abc import Callable

from temporalio import activity

from orders import Order

HALF = 0.5


class PaymentServiceError(Exception):
    """The payment service did not answer as it should."""


class ShopActivities:
    """What the shop does in the world outside."""

    def __init__(self, dice: Callable[[], float]) -> None:
        """Dice yield numbers from 0 to 1."""
        self._dice = dice

    @activity.defn
    def charge(self, order: Order) -> str:
        """Charge the customer, and return how it went."""
        attempt = activity.info().attempt
        activity.logger.info("activity: charge %s, attempt %s", order.order_id, attempt)
        # % if solution
        if self._dice() < HALF:
            raise PaymentServiceError("the payment service is down")
        # % else
        # TODO 2: Be down half of the time.
        #     if self._dice() < HALF:
        #         raise PaymentServiceError("the payment service is down")

        # % endif
        # A payment service takes the order's number as the key by which it knows a repeated
        # charge from a second one.
        return f"paid at attempt {attempt}"

    @activity.defn
    def remind(self, order: Order) -> None:
        """Remind the approver."""
        activity.logger.info("activity: %s, please approve %s", order.approver, order.order_id)

    @activity.defn
    def charge_slowly(self) -> None:
        """Take five seconds to charge somebody."""
        activity.logger.info("activity: slow charge, attempt %s", activity.info().attempt)
        time.sleep(5)

    @activity.defn
    def charge_in_vain(self) -> None:
        """Fail at once, each time."""
        activity.logger.info("activity: vain charge, attempt %s", activity.info().attempt)
        raise PaymentServiceError("the payment service is down")
