"""The worker: runs all the workflows, parents and children, and their activities."""

from datetime import timedelta

from temporalio.worker import Worker

from activities import ask_carrier, launch, look_at, refund
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import (
    FulfilmentWorkflow,
    HandOffOrder,
    SupervisedOrder,
    TrackingWorkflow,
    WaitingOrder,
)


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("D2L1") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[
                FulfilmentWorkflow,
                HandOffOrder,
                WaitingOrder,
                TrackingWorkflow,
                SupervisedOrder,
            ],
            activities=[launch, look_at, ask_carrier, refund],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
