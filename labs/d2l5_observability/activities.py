"""The activity: asks the payment service, and measures how long that takes."""

import time
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from orders import Order, Trouble

LAST_ATTEMPT_IN_VAIN = 2


class PaymentServiceError(Exception):
    """The payment service is down. It will be back, some time."""


@activity.defn
def charge(order: Order) -> None:
    """Take the money."""
    attempt = activity.info().attempt
    began = time.monotonic()
    try:
        ask_payment_service(order, attempt)
    finally:
        took = timedelta(seconds=time.monotonic() - began)
        activity.logger.info(
            "activity: charge %s, attempt %s, %.1f s",
            order.order_id,
            attempt,
            took.total_seconds(),
        )
        # % if solution
        meter = activity.metric_meter()
        latency = meter.create_histogram_timedelta(
            "shop_payment_latency", "How long the payment service took to answer"
        )
        latency.record(took)
        # % else
        # TODO 2: Measure each answer, a bad one as well.
        #     meter = activity.metric_meter()
        #     latency = meter.create_histogram_timedelta(
        #         "shop_payment_latency", "How long the payment service took to answer"
        #     )
        #     latency.record(took)
        # % endif


def ask_payment_service(order: Order, attempt: int) -> None:
    """Be the payment service: slow, sometimes down, and sometimes it says no."""
    time.sleep(order.answer_seconds)
    if order.trouble == Trouble.REFUSED:
        raise ApplicationError("the card is declined", type="Declined", non_retryable=True)
    if order.trouble == Trouble.DOWN and attempt <= LAST_ATTEMPT_IN_VAIN:
        raise PaymentServiceError("the payment service is down")
