"""The worker: fetches tasks from one queue and runs your workflow."""

from datetime import timedelta

from temporalio.worker import Worker

from labkit.worker import run, serve, worker_client
from workflows import TASK_QUEUE, OrderWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    # A client of this seat's server, with the worker's metrics on :8080.
    async with worker_client("D1L1") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            # How long the server keeps a task for a worker that may have
            # vanished. Its default, 10 s, is long when you kill workers
            # on purpose.
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
