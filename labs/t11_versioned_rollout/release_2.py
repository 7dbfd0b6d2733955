"""Release 2.0 of the shop: nobody is charged who was not checked for fraud.

The change is at the beginning, and there is no patch for it. An order that release 1.0 began could
not go on with this code; being pinned, it never meets it.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities import charge, check_fraud, ship
    from orders import Order

SOON = timedelta(seconds=5)


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class OrderWorkflow:
    """Checks an order, charges it, leaves the warehouse its time, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        await workflow.execute_activity(check_fraud, order, start_to_close_timeout=SOON)
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        await workflow.sleep(order.pause_seconds)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        return f"Order {order.order_id} was checked and shipped"
