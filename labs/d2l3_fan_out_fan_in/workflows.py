"""The workflow: an order of many parcels, packed side by side."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import process_job
    from orders import Order

SOON = timedelta(seconds=30)


@workflow.defn
class OrderWorkflow:
    """Fans out: a job for each parcel. Fans in: goes on when all of them are over."""

    @workflow.run
    async def run(self, order: Order) -> str:
        """Return how many parcels are packed."""
        packed = 0
        left: list[str] = []
        # % if solution
        jobs = [
            workflow.start_activity(process_job, job, start_to_close_timeout=SOON)
            for job in order.jobs
        ]
        endings = await asyncio.gather(*jobs, return_exceptions=True)
        workflow.logger.info("workflow: all jobs of %s are over", order.order_id)
        left = [
            job.job_id
            for job, ending in zip(order.jobs, endings, strict=True)
            if isinstance(ending, ActivityError)
        ]
        packed = len(jobs) - len(left)
        # % else
        # TODO 2: Fan out. Start all jobs, and wait for none.
        #     jobs = [
        #         workflow.start_activity(process_job, job, start_to_close_timeout=SOON)
        #         for job in order.jobs
        #     ]

        # TODO 3: Fan in. Wait for all of them.
        #     endings = await asyncio.gather(*jobs)
        #     workflow.logger.info("workflow: all jobs of %s are over", order.order_id)
        #     packed = len(endings)

        # TODO 4: A job may fail, and the others count all the same. Instead of TODO 3:
        #     endings = await asyncio.gather(*jobs, return_exceptions=True)
        #     workflow.logger.info("workflow: all jobs of %s are over", order.order_id)
        #     left = [
        #         job.job_id
        #         for job, ending in zip(order.jobs, endings, strict=True)
        #         if isinstance(ending, ActivityError)
        #     ]
        #     packed = len(jobs) - len(left)

        # % endif
        told = f"{packed} of {len(order.jobs)} parcels are packed"
        return f"{told}; not {', '.join(left)}" if left else told
