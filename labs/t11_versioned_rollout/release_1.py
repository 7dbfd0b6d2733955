"""Release 1.0 of the shop."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities import charge, ship
    from orders import Order

SOON = timedelta(seconds=5)


@workflow.defn(versioning_behavior=VersioningBehavior.PINNED)
class OrderWorkflow:
    """Charges an order, leaves the warehouse its time, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        await workflow.sleep(order.pause_seconds)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        return f"Order {order.order_id} was shipped"
