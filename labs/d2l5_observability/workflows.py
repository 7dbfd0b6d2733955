"""The workflow: an order is paid, and packed. Each counts itself."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import charge
    from orders import Order

SOON = timedelta(seconds=10)


@workflow.defn
class OrderWorkflow:
    """Takes the money, and packs the parcel."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        try:
            await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        except ActivityError:
            self._count("refused")
            raise
        self._count("paid")
        await workflow.sleep(order.pause_seconds)
        return "on its way"

    def _count(self, outcome: str) -> None:
        """Tell the world what became of this order: once, and not again on a replay."""
        workflow.logger.info("workflow: %s is %s", workflow.info().workflow_id, outcome)
        # % if solution
        meter = workflow.metric_meter()
        orders = meter.create_counter("shop_orders", "Orders, by what became of them")
        orders.add(1, {"outcome": outcome})
        # % else
        # TODO 1: Count it, and say by a label what became of it.
        #     meter = workflow.metric_meter()
        #     orders = meter.create_counter("shop_orders", "Orders, by what became of them")
        #     orders.add(1, {"outcome": outcome})
        # % endif
