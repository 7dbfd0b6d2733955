"""The worker: runs the workflow, its steps and what undoes them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio.worker import Worker

from activities import ShopActivities
from books import Books
from labkit.worker import run, serve, worker_client
from orders import TASK_QUEUE
from workflows import OrderWorkflow


async def main() -> None:
    """Poll until Ctrl-C."""
    shop = ShopActivities(Books(Path("books.txt")))
    async with worker_client("D2L4") as client:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[OrderWorkflow],
            activities=[
                shop.reserve,
                shop.release,
                shop.charge,
                shop.refund,
                shop.book_courier,
                shop.cancel_courier,
            ],
            activity_executor=ThreadPoolExecutor(max_workers=5),
            max_concurrent_activities=5,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )
        await serve(worker)


if __name__ == "__main__":
    run(main())
