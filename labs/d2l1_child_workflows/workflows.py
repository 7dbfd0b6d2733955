"""The workflows: one fulfilment, and four ways to have one workflow lead to another."""

from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, ChildWorkflowError

with workflow.unsafe.imports_passed_through():
    from activities import ask_carrier, launch, look_at, refund
    from orders import Order, Parcel, Tracking

SOON = timedelta(seconds=5)


def settle(order: Order) -> None:
    """Fail the order if its card is declined."""
    if order.declined:
        raise ApplicationError("the card is declined")


@workflow.defn
class FulfilmentWorkflow:
    """Packs a parcel and gives it to a carrier. Who started it is nothing to it."""

    @workflow.run
    async def run(self, parcel: Parcel) -> str:
        """Return who delivered it."""
        await workflow.sleep(parcel.packing_seconds)
        if parcel.lost:
            raise ApplicationError(f"the {parcel.carrier} lost it")
        return f"delivered by {parcel.carrier}"


@workflow.defn
class HandOffOrder:
    """Hand-off: starts the fulfilment, and ends. The next stage is no concern of this one."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the order's own stage."""
        told = "nobody fulfils it"
        # % if solution
        await workflow.start_child_workflow(
            FulfilmentWorkflow.run,
            order.parcel,
            id=order.parcel.fulfilment_id,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
        )
        told = "handed over"
        # % else
        # TODO 1: Start the fulfilment as a child, and don't wait for its end.
        #     await workflow.start_child_workflow(
        #         FulfilmentWorkflow.run,
        #         order.parcel,
        #         id=order.parcel.fulfilment_id,
        #     )
        #     told = "handed over"

        # TODO 2: One argument more. The guide says when.
        #         parent_close_policy=workflow.ParentClosePolicy.ABANDON,

        # % endif
        settle(order)
        return told


@workflow.defn
class WaitingOrder:
    """The plain child: starts the fulfilment, and goes on when that is over."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what became of the parcel."""
        told = "nobody fulfils it"
        # % if solution
        fulfilment = await workflow.start_child_workflow(
            FulfilmentWorkflow.run, order.parcel, id=order.parcel.fulfilment_id
        )
        # % else
        # TODO 3: Start the fulfilment as a child, and keep its handle.
        #     fulfilment = await workflow.start_child_workflow(
        #         FulfilmentWorkflow.run, order.parcel, id=order.parcel.fulfilment_id
        #     )

        # % endif
        settle(order)
        # % if solution
        try:
            told = await fulfilment
        except ChildWorkflowError as error:
            await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
            told = f"refunded, because {error.cause}"
        # % else
        # TODO 3, its last line: Wait for its end.
        #     told = await fulfilment

        # TODO 4: A fulfilment may fail. Put this around that line.
        #     try:
        #         told = await fulfilment
        #     except ChildWorkflowError as error:
        #         await workflow.execute_activity(refund, order, start_to_close_timeout=SOON)
        #         told = f"refunded, because {error.cause}"

        # % endif
        return told


@workflow.defn
class TrackingWorkflow:
    """Recursive: looks where a parcel is, and while it is on its way, begins anew."""

    @workflow.run
    async def run(self, tracking: Tracking) -> str:
        """Return where the parcel is, and which look told."""
        place = await workflow.execute_activity(ask_carrier, tracking, start_to_close_timeout=SOON)
        # % if solution
        if place != "delivered":
            await workflow.sleep(tracking.pause_seconds)
            workflow.continue_as_new(replace(tracking, look=tracking.look + 1))
        # % else
        # TODO 5: While it is not there, look again later: the same workflow, with another input.
        #     if place != "delivered":
        #         await workflow.sleep(tracking.pause_seconds)
        #         workflow.continue_as_new(replace(tracking, look=tracking.look + 1))

        # % endif
        return f"{place}, at look {tracking.look}"


@workflow.defn
class SupervisedOrder:
    """Supervised: has an activity launch the fulfilment, looks after it, and steps in."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return what was seen of the parcel last."""
        parcel = order.parcel
        fulfilment = await self._launch(parcel)
        settle(order)
        until = workflow.now() + timedelta(seconds=order.shift_seconds)
        seen = await self._watch(fulfilment, until)
        # % if solution
        if seen == "failed":
            parcel = replace(parcel, carrier="courier", lost=False)
            seen = await self._watch(await self._launch(parcel), until)
        # % else
        # TODO 7: If it failed, step in: the same parcel, once more, with somebody else.
        #     if seen == "failed":
        #         parcel = replace(parcel, carrier="courier", lost=False)
        #         seen = await self._watch(await self._launch(parcel), until)

        # % endif
        return f"by {parcel.carrier}: {seen}"

    async def _launch(self, parcel: Parcel) -> str:
        return await workflow.execute_activity(
            launch,
            parcel,
            start_to_close_timeout=SOON,
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=0.5), maximum_attempts=3),
        )

    async def _watch(self, fulfilment: str, until: datetime) -> str:
        """Look once a second, until it is over or the shift is; return what was seen last."""
        while True:
            seen = await workflow.execute_activity(look_at, fulfilment, start_to_close_timeout=SOON)
            if seen != "running" or workflow.now() >= until:
                return seen
            await workflow.sleep(1)
