"""The workflow: an order is paid and packed, unless the bank or the customer says no."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.workflow import ActivityCancellationType

with workflow.unsafe.imports_passed_through():
    from activities import charge, pack, refund
    from orders import Order

SOON = timedelta(seconds=5)


@workflow.defn
class OrderWorkflow:
    """Charges an order, and has it packed."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        try:
            await workflow.execute_activity(
                charge,
                order,
                start_to_close_timeout=SOON,
                # % if solution
                retry_policy=RetryPolicy(non_retryable_error_types=["CardRefusedError"]),
                # % else
                # TODO 1: There is one kind of error that no other attempt will mend.
                #     retry_policy=RetryPolicy(non_retryable_error_types=["CardRefusedError"]),
                # % endif
            )
        # % if solution
        except ActivityError as error:
            reason = error.cause
            if isinstance(reason, ApplicationError) and reason.type == "CardRefusedError":
                return f"Order {order.order_id} was not accepted: {reason.message}"
            raise
        # % else
        # TODO 2: A refusal is nothing broken. It is one of the ways in which an order ends.
        #     except ActivityError as error:
        #         reason = error.cause
        #         if isinstance(reason, ApplicationError) and reason.type == "CardRefusedError":
        #             return f"Order {order.order_id} was not accepted: {reason.message}"
        #         raise
        # % endif
        finally:
            workflow.logger.info("workflow: the bank has answered for %s", order.order_id)
        return await self._packed(order)

    async def _packed(self, order: Order) -> str:
        """Have a paid order packed, and return the result."""
        try:
            packed = await workflow.execute_activity(
                pack,
                order,
                start_to_close_timeout=timedelta(minutes=10),
                # % if solution
                heartbeat_timeout=timedelta(seconds=3),
                cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                # % else
                # TODO 4: Nobody has heard of it for three seconds? Then somebody else is to do it.
                #     heartbeat_timeout=timedelta(seconds=3),
                # TODO 5: When it is to be canceled: wait until it has tidied up.
                #     cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                # % endif
            )
        # % if solution
        except ActivityError as error:
            if is_cancelled_exception(error):
                await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
            raise
        # % else
        # TODO 6: It is unpacked. Now the money is to go back as well.
        #     except ActivityError as error:
        #         if is_cancelled_exception(error):
        #             await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
        #         raise
        # % endif
        finally:
            workflow.logger.info("workflow: the packing of %s is over", order.order_id)
        return f"Order {order.order_id} is packed, the last worker began with {packed.began_with}"
