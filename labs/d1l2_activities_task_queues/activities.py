"""The activities: what touches the world outside. Here that is an outbox, a file."""

from pathlib import Path

from temporalio import activity

from orders import Order


class MailServerError(Exception):
    """The mail server hung up: the mail may have gone out, or not."""


class EmailActivities:
    """Sends e-mail through one outbox."""

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    @activity.defn
    def send_confirmation(self, order: Order) -> str:
        """Send a customer the confirmation of an order, and return what was done."""
        attempt = activity.info().attempt
        # % if solution
        activity.logger.info("activity: mail for %s, attempt %s", order.order_id, attempt)
        if not self._was_sent(order):
            self._send(order)
        if attempt <= order.dropped_lines:
            raise MailServerError("the mail server hung up before it answered")
        # % else
        # TODO 1: Say what you do, and send the mail.
        #     activity.logger.info("activity: mail for %s, attempt %s", order.order_id, attempt)
        #     self._send(order)

        # TODO 4: Let the mail server hang up on you, as often as the order says.
        #     if attempt <= order.dropped_lines:
        #         raise MailServerError("the mail server hung up before it answered")

        # TODO 5: Send only what was not sent before.
        #     if not self._was_sent(order):

        # % endif
        return f"{order.email} was told at attempt {attempt}"

    def _send(self, order: Order) -> None:
        with self._outbox.open("a") as outbox:
            outbox.write(f"{order.order_id}: Dear {order.email}, your order is confirmed.\n")

    def _was_sent(self, order: Order) -> bool:
        sent = self._outbox.read_text().splitlines() if self._outbox.exists() else []
        return any(mail.startswith(f"{order.order_id}:") for mail in sent)
