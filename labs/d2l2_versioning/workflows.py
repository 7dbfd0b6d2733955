"""The workflow: an order is charged, packed and shipped. It changes while orders are under way."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import charge, check_fraud, send_receipt, ship
    from orders import Order

SOON = timedelta(seconds=5)


@workflow.defn
class OrderWorkflow:
    """Charges an order, leaves the warehouse its time, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        # % if solution
        if workflow.patched("check-fraud"):
            await workflow.execute_activity(check_fraud, order, start_to_close_timeout=SOON)
        # % else
        # TODO 2: Check an order before it is charged.
        #     await workflow.execute_activity(check_fraud, order, start_to_close_timeout=SOON)

        # TODO 3: Instead of TODO 2: leave alone who has passed here without a check.
        #     if workflow.patched("check-fraud"):
        #         await workflow.execute_activity(check_fraud, order, start_to_close_timeout=SOON)

        # % endif
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        workflow.logger.info("workflow: %s is being packed", order.order_id)
        await workflow.sleep(order.pause_seconds)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        # % if solution
        await workflow.execute_activity(send_receipt, order, start_to_close_timeout=SOON)
        # % else
        # TODO 1: Send a receipt when everything is done.
        #     await workflow.execute_activity(send_receipt, order, start_to_close_timeout=SOON)

        # % endif
        return f"Order {order.order_id} was shipped"
