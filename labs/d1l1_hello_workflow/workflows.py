"""The workflow: an order that is confirmed after a pause, whatever happens meanwhile."""

from dataclasses import dataclass

from temporalio import workflow

TASK_QUEUE = "d1l1_orders"


@dataclass
class Order:
    """What the workflow is told when it starts. One dataclass: later it can gain a field."""

    order_id: str
    email: str
    pause_seconds: float


@workflow.defn
class OrderWorkflow:
    """Accepts an order, leaves time to cancel it, then confirms it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return the confirmation."""
        #% if solution
        print(f"[print]   {order.order_id} accepted, pausing {order.pause_seconds:g} s")
        workflow.logger.info("[logger]  %s accepted", order.order_id)
        await workflow.sleep(order.pause_seconds)
        print(f"[print]   {order.order_id} pause is over")
        workflow.logger.info("[logger]  %s pause is over", order.order_id)
        #% else
        # TODO 1: say twice that the order is accepted, so that you can compare them later:
        #     print(f"[print]   {order.order_id} accepted, pausing {order.pause_seconds:g} s")
        #     workflow.logger.info("[logger]  %s accepted", order.order_id)
        #
        # TODO 2: pause, with a timer that the server keeps:
        #     await workflow.sleep(order.pause_seconds)
        #
        # TODO 3: say twice that the pause is over, as in TODO 1.
        #% endif
        return f"Order {order.order_id} is confirmed to {order.email}"
