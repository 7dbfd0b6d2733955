"""The workflow: an order is charged and shipped. It has no word of what goes along with it."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import charge, ship
    from orders import Order

SOON = timedelta(seconds=5)


@workflow.defn
class OrderWorkflow:
    """Charges an order, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        workflow.logger.info("workflow: %s has come in", order.order_id)
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        return f"Order {order.order_id} was shipped"
