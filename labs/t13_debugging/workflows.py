"""The workflows as they are today: an order, a parcel, a return."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import charge, insure, print_label, refund, ship
    from orders import Note, Order, Parcel, Return

SOON = timedelta(seconds=5)
AGAIN_SOON = RetryPolicy(maximum_interval=timedelta(seconds=5))


class Chart:
    """What every workflow of the shop has: a place for what somebody found out about it."""

    @workflow.signal
    def note(self, note: Note) -> None:
        """Keep the note: it is in the history, and that is all that is asked for."""
        workflow.logger.info("%s has a note: %s", workflow.info().workflow_id, note.finding)


@workflow.defn
class OrderWorkflow(Chart):
    """Charges an order, insures it, leaves the warehouse its time, and ships it."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order."""
        await workflow.execute_activity(charge, order, start_to_close_timeout=SOON)
        await workflow.execute_activity(insure, order, start_to_close_timeout=SOON)
        await workflow.sleep(order.pause_seconds)
        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)
        return f"Order {order.order_id} was shipped"


@workflow.defn
class ParcelWorkflow(Chart):
    """Has a parcel's label printed."""

    @workflow.run
    async def run(self, parcel: Parcel) -> str:
        """Return the label."""
        return await workflow.execute_activity(
            print_label, parcel, start_to_close_timeout=SOON, retry_policy=AGAIN_SOON
        )


@workflow.defn
class ReturnWorkflow(Chart):
    """Gives the money back as soon as the goods are there, and somebody has looked at them."""

    def __init__(self) -> None:
        self._arrived = False
        self._inspected = False

    @workflow.run
    async def run(self, request: Return) -> str:
        """Return what became of the return."""
        await asyncio.gather(self._until_arrived(), self._until_inspected())
        await workflow.execute_activity(refund, request, start_to_close_timeout=SOON)
        return f"Return {request.return_id} was refunded"

    async def _until_arrived(self) -> None:
        await workflow.wait_condition(lambda: self._arrived)

    async def _until_inspected(self) -> None:
        await workflow.wait_condition(lambda: self._inspected)

    @workflow.signal
    def arrived(self) -> None:
        """The goods are back: the gate's scanner says so."""
        self._arrived = True

    # % if solution
    @workflow.signal(name="arived")
    def arrived_as_the_scanner_spells_it(self) -> None:
        """The goods are back: so says a scanner that nobody can mend tonight."""
        self._arrived = True

    # % else
    # TODO 2: The scanner can't be mended tonight. Listen to the name that it uses as well.
    #     @workflow.signal(name="...")
    #     def arrived_as_the_scanner_spells_it(self) -> None:
    #         """The goods are back: so says a scanner that nobody can mend tonight."""
    #         self._arrived = True

    # % endif
    @workflow.signal
    def inspected(self) -> None:
        """Somebody has looked at them: the inspector says so."""
        self._inspected = True
