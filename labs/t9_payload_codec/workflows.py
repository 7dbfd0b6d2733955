"""The workflow. It knows nothing of encryption either."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import charge
    from orders import Order


@workflow.defn
class OrderWorkflow:
    """Charges an order."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        return await workflow.execute_activity(
            charge, order, start_to_close_timeout=timedelta(seconds=5)
        )
