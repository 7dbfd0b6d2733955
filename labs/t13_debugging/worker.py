"""The worker: runs the shop's workflows as they are today."""

from datetime import timedelta

from temporalio.worker import Worker

from activities import charge, insure, print_label, refund, ship
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow, ParcelWorkflow, ReturnWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T13") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow, ParcelWorkflow, ReturnWorkflow],
            activities=[charge, insure, ship, print_label, refund],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
