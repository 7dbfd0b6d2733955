"""Two kinds of workers: one decides about orders, one is a packing table."""

import argparse
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import Worker

from activities import Table, pack
from labkit.worker import run, serve, worker_client
from orders import Queue
from workflows import BoxWorkflow, ParcelWorkflow


async def orders(client: Client) -> None:
    """Run the workflows, and no activity."""
    worker = Worker(
        client,
        task_queue=Queue.ORDERS,
        workflows=[ParcelWorkflow, BoxWorkflow],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    await serve(worker)


async def packing(client: Client) -> None:
    """Be one table: take one thing at a time from the common queue, and what is for this table."""
    own_queue = f"t6_table_{uuid4().hex[:6]}"
    table = Table(own_queue)
    common = Worker(
        client,
        task_queue=Queue.PACKING,
        activities=[pack, table.open_box],
        max_concurrent_activities=1,
    )
    own = Worker(
        client,
        task_queue=own_queue,
        activities=[table.put_in],
        max_concurrent_activities=1,
    )
    async with own:
        await serve(common)


WORKERS = {"orders": orders, "packing": packing}


async def main(kind: str) -> None:
    """Poll until Ctrl-C."""
    async with worker_client("T6") as client:
        await WORKERS[kind](client)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab worker T6", description="Run a worker.")
    parser.add_argument("kind", choices=WORKERS, help="which of the two")
    run(main(parser.parse_args().kind))
