"""The workflow: an order is paid, waits for its approval, and the approver is reminded."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import ShopActivities
    from orders import Order


@workflow.defn
class OrderWorkflow:
    """Charges the customer, then gives the approver time."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return how the payment went."""
        payment = await workflow.execute_activity_method(
            ShopActivities.charge,
            order,
            start_to_close_timeout=timedelta(seconds=5),
            # % if solution
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=1),
                backoff_coefficient=2.0,
                maximum_attempts=3,
            ),
            # % else
            # TODO 1: Three attempts, the second 1 s after the first has failed, the
            # third 2 s after the second.
            #     retry_policy=RetryPolicy(
            #         initial_interval=timedelta(seconds=1),
            #         backoff_coefficient=2.0,
            #         maximum_attempts=3,
            #     ),
            # % endif
        )
        workflow.logger.info("workflow: %s is %s", order.order_id, payment)
        # % if solution
        await workflow.sleep(order.wait_seconds)
        await workflow.execute_activity_method(
            ShopActivities.remind, order, start_to_close_timeout=timedelta(seconds=5)
        )
        # % else
        # TODO 3: Give the approver time, then remind them.
        #     await workflow.sleep(order.wait_seconds)
        #     await workflow.execute_activity_method(
        #         ShopActivities.remind, order, start_to_close_timeout=timedelta(seconds=5)
        #     )

        # % endif
        return payment
