"""The workflow: an order that somebody approves in time, or nobody."""

import contextlib
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from orders import Approval, Contact, Order


@workflow.defn
class OrderWorkflow:
    """Waits for an approval, but not for ever."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        self._order = order
        self._approval: Approval | None = None

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return how it ended."""
        workflow.logger.info("%s waits for an approval", order.order_id)
        # % if solution
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._approval is not None,
                timeout=timedelta(seconds=order.wait_seconds),
            )
        # % else
        # TODO 2: Wait until there is an approval, or until the time is over.
        #     with contextlib.suppress(TimeoutError):
        #         await workflow.wait_condition(
        #             lambda: self._approval is not None,
        #             timeout=timedelta(seconds=order.wait_seconds),
        #         )

        # % endif
        if self._approval is None:
            return f"Order {order.order_id} goes to the manager: nobody approved it in time"
        approver = self._approval.approver
        return f"Order {order.order_id} was approved by {approver}, {self._order.email} is told"

    # % if solution
    @workflow.signal
    def receive_approval(self, approval: Approval) -> None:
        """Approve the order."""
        workflow.logger.info("%s is approved by %s", self._order.order_id, approval.approver)
        self._approval = approval

    # % else
    # TODO 1: Take a signal.
    #     @workflow.signal
    #     def receive_approval(self, approval: Approval) -> None:
    #         """Approve the order."""
    #         workflow.logger.info("%s is approved by %s", self._order.order_id, approval.approver)
    #         self._approval = approval

    # % endif
    # % if solution
    @workflow.query
    def status(self) -> str:
        """Return how far the order is, without changing anything."""
        return "approved" if self._approval else "waiting for an approval"

    # % else
    # TODO 3: Answer a query.
    #     @workflow.query
    #     def status(self) -> str:
    #         """Return how far the order is, without changing anything."""
    #         return "approved" if self._approval else "waiting for an approval"

    # % endif
    # % if solution
    @workflow.update
    def change_email(self, contact: Contact) -> str:
        """Change where the confirmation goes, and return where it went before."""
        before, self._order.email = self._order.email, contact.email
        return before

    @change_email.validator
    def _is_an_address(self, contact: Contact) -> None:
        if "@" not in contact.email:
            raise ValueError(f"{contact.email!r} is no e-mail address")

    # % else
    # TODO 4: Take an update: it may refuse, it may change something, and it answers.
    #     @workflow.update
    #     def change_email(self, contact: Contact) -> str:
    #         """Change where the confirmation goes, and return where it went before."""
    #         before, self._order.email = self._order.email, contact.email
    #         return before

    #     @change_email.validator
    #     def _is_an_address(self, contact: Contact) -> None:
    #         if "@" not in contact.email:
    #             raise ValueError(f"{contact.email!r} is no e-mail address")
    # % endif
