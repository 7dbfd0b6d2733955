"""The workflows: a parcel that somebody packs, and a box that has to stay on its table."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutType
from temporalio.exceptions import TimeoutError as ActivityTimeoutError

with workflow.unsafe.imports_passed_through():
    from activities import Table, pack
    from orders import Box, Parcel, Queue

SOON = timedelta(seconds=10)


@workflow.defn
class ParcelWorkflow:
    """Has a parcel packed, by whoever is free.

    It says nothing of priorities: who starts it gives it one, and its activities inherit it.
    """

    @workflow.run
    async def run(self, parcel: Parcel) -> None:
        """Return when it is packed."""
        await workflow.execute_activity(
            pack, parcel, task_queue=Queue.PACKING, start_to_close_timeout=SOON
        )


@workflow.defn
class BoxWorkflow:
    """Has a box packed, all of it at one table: the things can't be carried around."""

    @workflow.run
    async def run(self, box: Box) -> str:
        """Return the table that it was packed at."""
        while True:
            table = await workflow.execute_activity_method(
                Table.open_box, box, task_queue=Queue.PACKING, start_to_close_timeout=SOON
            )
            try:
                await self._fill(box, table)
            except ActivityError as error:
                if not _nobody_was_there(error):
                    raise
                workflow.logger.warning("workflow: nobody is at %s any more, anew", table)
            else:
                return table

    async def _fill(self, box: Box, table: str) -> None:
        for thing in range(1, box.things + 1):
            await workflow.execute_activity_method(
                Table.put_in,
                args=[box, thing],
                task_queue=table,
                start_to_close_timeout=timedelta(seconds=3),
                # At this table or not at all: a queue that nobody listens to waits for ever.
                schedule_to_start_timeout=timedelta(seconds=5),
            )


def _nobody_was_there(error: ActivityError) -> bool:
    cause = error.cause
    return isinstance(cause, ActivityTimeoutError) and cause.type is TimeoutType.SCHEDULE_TO_START
