"""The workflow: goods, money and a courier for an order, all three or none of them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import ShopActivities
    from orders import Order

Step = Callable[[ShopActivities, Order], None]

SOON = timedelta(seconds=2)


@workflow.defn
class OrderWorkflow:
    """Does three steps in three places that know nothing of each other."""

    def __init__(self) -> None:
        self._to_undo: list[Step] = []

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        try:
            await self._do(ShopActivities.reserve, ShopActivities.release, order)
            # Somebody waits at the checkout for this one: no second attempt after 3 seconds.
            await self._do(
                ShopActivities.charge,
                ShopActivities.refund,
                order,
                within=timedelta(seconds=3),
            )
            workflow.logger.info("workflow: %s is being packed", order.order_id)
            await workflow.sleep(order.pause_seconds)
            await self._do(ShopActivities.book_courier, ShopActivities.cancel_courier, order)
        except ActivityError:
            await self._undo(order)
            raise
        # % if solution
        except asyncio.CancelledError:
            await self._undo(order)
            raise
        # % else
        # TODO 4: A canceled order is undone as well.
        #     except asyncio.CancelledError:
        #         await self._undo(order)
        #         raise

        # % endif
        return f"Order {order.order_id} is on its way"

    async def _do(
        self, step: Step, opposite: Step, order: Order, within: timedelta | None = None
    ) -> None:
        """Do a step, and remember what undoes it."""
        # % if solution
        self._to_undo.append(opposite)
        # % else
        # TODO 3: Remember it here, before the step, and no longer behind it.
        #     self._to_undo.append(opposite)

        # % endif
        await workflow.execute_activity_method(
            step, order, start_to_close_timeout=SOON, schedule_to_close_timeout=within
        )

        # % if not solution
        # TODO 1: Remember what undoes the step that was just done.
        #     self._to_undo.append(opposite)

        # % endif

    async def _undo(self, order: Order) -> None:
        """Undo what was done, the last first."""
        workflow.logger.info("workflow: %s is to be undone", order.order_id)
        # % if solution
        for opposite in reversed(self._to_undo):
            await workflow.execute_activity_method(opposite, order, start_to_close_timeout=SOON)
        # % else
        # TODO 2: Undo it.
        #     for opposite in reversed(self._to_undo):
        #         await workflow.execute_activity_method(
        #             opposite, order, start_to_close_timeout=SOON
        #         )
        # % endif
