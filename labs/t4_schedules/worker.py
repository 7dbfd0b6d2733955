"""The worker: runs the workflow. A schedule needs none of its own: the server keeps the time."""

from datetime import timedelta

from temporalio.worker import Worker

from labkit.worker import run, serve, worker_client
from reports import TASK_QUEUE
from workflows import ReportWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T4") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[ReportWorkflow],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
