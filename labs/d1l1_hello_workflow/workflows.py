"""The workflow: an order, confirmed after a pause, come what may."""

from dataclasses import dataclass

from temporalio import workflow

TASK_QUEUE = "d1l1_orders"


@dataclass
class Order:
    """What the workflow is told. A dataclass can gain fields later."""

    order_id: str
    email: str
    pause_seconds: float


@workflow.defn
class OrderWorkflow:
    """Accepts an order, pauses, confirms it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return the confirmation."""
        # % if solution
        print(f"print:   {order.order_id} accepted")
        workflow.logger.info("logger: %s accepted", order.order_id)
        await workflow.sleep(order.pause_seconds)
        print(f"print:   {order.order_id} pause is over")
        workflow.logger.info("logger: %s pause is over", order.order_id)
        # % else
        # TODO 1: Say that the order is accepted, in two ways. Soon you
        # will see how they differ.
        #     print(f"print:   {order.order_id} accepted")
        #     workflow.logger.info("logger: %s accepted", order.order_id)

        # TODO 2: Pause, with a timer that the server keeps.
        #     await workflow.sleep(order.pause_seconds)

        # TODO 3: Say that the pause is over, in the same two ways.

        # % endif
        return f"Order {order.order_id} is confirmed to {order.email}"
