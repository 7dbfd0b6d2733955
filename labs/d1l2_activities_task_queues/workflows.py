"""The workflow: an order, and who is told of it. It decides; no e-mail is sent here."""

from datetime import timedelta

from temporalio import workflow

# A workflow's imports are loaded anew for each run, in a sandbox. These need not be.
with workflow.unsafe.imports_passed_through():
    from activities import EmailActivities
    from orders import Order, Queue


@workflow.defn
class OrderWorkflow:
    """Accepts an order and has it confirmed by e-mail."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        workflow.logger.info("workflow: %s accepted", order.order_id)
        told = "nobody was told"
        # % if solution
        told = await workflow.execute_activity_method(
            EmailActivities.send_confirmation,
            order,
            task_queue=Queue.EMAIL,
            start_to_close_timeout=timedelta(seconds=10),
        )
        # % else
        # TODO 2: Have the e-mail sent, by whoever listens to the e-mail queue.
        #     told = await workflow.execute_activity_method(
        #         EmailActivities.send_confirmation,
        #         order,
        #         task_queue=Queue.EMAIL,
        #         start_to_close_timeout=timedelta(seconds=10),
        #     )

        # % endif
        return f"Order {order.order_id} is accepted, {told}"
