"""The worker: runs the shop's orders, and its releases."""

from datetime import timedelta

from temporalio.worker import Worker

from activities import quote, release, remind, reserve, ship
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from rehearsal import rehearse
from release import ReleaseWorkflow
from workflows import OrderWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T1") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow, ReleaseWorkflow],
            activities=[quote, reserve, remind, ship, release, rehearse],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
