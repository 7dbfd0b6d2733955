"""The activities: three steps of an order, and what undoes each of them. They are finished."""

import time

from temporalio import activity
from temporalio.exceptions import ApplicationError

from books import Books
from orders import Order, Trouble

LAST_ATTEMPT_IN_VAIN = 2


class CourierServiceError(Exception):
    """The courier's service did not answer. It will, some time."""


class ShopActivities:
    """What the shop does in the world outside, and undoes there.

    All of it may be asked for more than once. What undoes a step may be asked for although the
    step was never done, and has nothing to do then.
    """

    def __init__(self, books: Books) -> None:
        self._books = books

    @activity.defn
    def reserve(self, order: Order) -> None:
        """Put the goods aside."""
        self._do(order, "reserved")

    @activity.defn
    def release(self, order: Order) -> None:
        """Put the goods back on the shelf."""
        self._undo(order, "reserved", "released")

    @activity.defn
    def charge(self, order: Order) -> None:
        """Take the money."""
        self._do(order, "charged")
        if order.trouble == Trouble.LOST:
            time.sleep(4)  # The money is taken; the answer comes when nobody waits any more.

    @activity.defn
    def refund(self, order: Order) -> None:
        """Give the money back."""
        self._undo(order, "charged", "refunded")

    @activity.defn
    def book_courier(self, order: Order) -> None:
        """Have the parcel collected."""
        if order.trouble == Trouble.REFUSED:
            raise ApplicationError("no courier goes there", type="Refused", non_retryable=True)
        if order.trouble == Trouble.DOWN and activity.info().attempt <= LAST_ATTEMPT_IN_VAIN:
            raise CourierServiceError("the courier's service is down")
        self._do(order, "courier booked")

    @activity.defn
    def cancel_courier(self, order: Order) -> None:
        """Tell the courier not to come."""
        self._undo(order, "courier booked", "courier canceled")

    def _do(self, order: Order, entry: str) -> None:
        activity.logger.info("activity: %s %s", order.order_id, entry)
        self._books.enter(order.order_id, entry)

    def _undo(self, order: Order, entry: str, opposite: str) -> None:
        if entry in self._books.entries(order.order_id):
            self._do(order, opposite)
        else:
            activity.logger.info("activity: %s, no %s to undo", order.order_id, entry)
