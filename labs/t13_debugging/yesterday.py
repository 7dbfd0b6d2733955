"""Yesterday's release, as the night shift still had it: an order was not insured."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import charge, ship
    from orders import Order
    from workflows import SOON, Chart


@workflow.defn
class OrderWorkflow(Chart):
    """Charges an order, leaves the warehouse its time, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        await workflow.sleep(order.pause_seconds)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        return f"Order {order.order_id} was shipped"
