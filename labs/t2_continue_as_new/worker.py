"""The worker: runs the workflow. There is no activity in this example."""

from datetime import timedelta

from temporalio.worker import Worker

from accounts import TASK_QUEUE
from labkit.worker import run, serve, worker_client
from workflows import AccountWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T2") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[AccountWorkflow],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
