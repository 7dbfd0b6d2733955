"""The workflow: all parcels of an order get their labels, all asked for at once."""

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import print_label
    from orders import Order


@workflow.defn
class OrderWorkflow:
    """Asks for a label for each parcel. How many are printed at a time is the worker's affair."""

    @workflow.run
    async def run(self, order: Order) -> None:
        """Return when all parcels have their labels."""
        await asyncio.gather(
            *(
                workflow.execute_activity(
                    print_label,
                    args=[f"{order.order_id}-{number:02}", order.seconds],
                    start_to_close_timeout=timedelta(seconds=30),
                )
                for number in range(1, order.parcels + 1)
            )
        )
