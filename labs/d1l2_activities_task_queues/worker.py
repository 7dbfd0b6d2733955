"""Two kinds of workers: one decides about orders, one sends e-mail. Each has its own queue."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

from activities import EmailActivities
from labkit.worker import run, serve, worker_client
from orders import Queue
from workflows import OrderWorkflow


def orders_worker(client: Client) -> Worker:
    """Return a worker that runs workflows and no activity."""
    return Worker(
        client,
        task_queue=Queue.ORDERS,
        workflows=[OrderWorkflow],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )


# % if solution
def email_worker(client: Client) -> Worker:
    """Return a worker that sends e-mail and runs no workflow."""
    emails = EmailActivities(outbox=Path("outbox.txt"))
    return Worker(
        client,
        task_queue=Queue.EMAIL,
        activities=[emails.send_confirmation],
        # The activity is no `async def`, so it may block: it gets a thread.
        activity_executor=ThreadPoolExecutor(max_workers=5),
        max_concurrent_activities=5,
    )


# % else
# TODO 3: Write the second kind of worker. It listens to the e-mail queue.
#     def email_worker(client: Client) -> Worker:
#         """Return a worker that sends e-mail and runs no workflow."""
#         emails = EmailActivities(outbox=Path("outbox.txt"))
#         return Worker(
#             client,
#             task_queue=Queue.EMAIL,
#             activities=[emails.send_confirmation],
#             # The activity is no `async def`, so it may block: it gets a thread.
#             activity_executor=ThreadPoolExecutor(max_workers=5),
#             max_concurrent_activities=5,
#         )


# % endif
WORKERS = {
    "orders": orders_worker,
    # % if solution
    "email": email_worker,
    # % else
    # TODO 3, its last line: "email": email_worker,
    # % endif
}


async def main(kind: str) -> None:
    """Poll until Ctrl-C."""
    async with worker_client("D1L2") as client:
        await serve(WORKERS[kind](client))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker D1L2", description="Run a worker.")
    parser.add_argument("kind", choices=WORKERS, help="which of the two")
    run(main(parser.parse_args().kind))
