"""The workflow: an order waits three days for its payment. It is finished, and believed to work."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import quote, release, remind, reserve, ship
    from orders import Order

SOON = timedelta(seconds=5)
DAYS = 3


@workflow.defn
class OrderWorkflow:
    """Puts an order aside, reminds once a day, and after three days gives up waiting."""

    def __init__(self) -> None:
        self._paid = False

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        total = await workflow.execute_activity(quote, order, start_to_close_timeout=SOON)
        await workflow.execute_activity(reserve, order, start_to_close_timeout=SOON)
        for _ in range(DAYS):
            if await self._paid_within(timedelta(days=1)):
                await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
                return f"{total / 100:.2f} paid, and shipped"
            await workflow.execute_activity(remind, order, start_to_close_timeout=SOON)
        await workflow.execute_activity(release, order, start_to_close_timeout=SOON)
        return "not paid, and released"

    async def _paid_within(self, time: timedelta) -> bool:
        try:
            await workflow.wait_condition(lambda: self._paid, timeout=time)
        except TimeoutError:
            return False
        return True

    @workflow.signal
    def pay(self) -> None:
        """Take the payment."""
        self._paid = True
