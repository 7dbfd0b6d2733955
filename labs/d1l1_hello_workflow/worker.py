"""The worker: asks the server for tasks of one queue and runs your workflow to answer them."""

from datetime import timedelta

from labkit.worker import run, serve, worker_client
from temporalio.worker import Worker
from workflows import TASK_QUEUE, OrderWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    # A client of this seat's server, with the worker's metrics on :8080.
    async with worker_client("D1L1") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            # How long the server holds a task back for a worker that has just vanished. Ten
            # seconds by default: sensible in production, long when you kill workers in class.
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
