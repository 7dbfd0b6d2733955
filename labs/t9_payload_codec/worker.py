"""The worker: decrypts what it is given, and encrypts what it answers."""

from datetime import timedelta

from temporalio.worker import Worker

from activities import charge
from encryption import with_encryption
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T9") as client:
        worker = Worker(
            with_encryption(client),
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[charge],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
