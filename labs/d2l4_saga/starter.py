"""The starter: places one order, and shows how it ended and what the books say."""

import argparse
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError
from temporalio.envconfig import ClientConfig

from books import Books
from labkit import seat
from labkit.telling import reasons
from labkit.worker import run
from orders import TASK_QUEUE, Order, Trouble
from workflows import OrderWorkflow


async def main(pause_seconds: float, trouble: Trouble) -> None:
    """Place one order and print what became of it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, pause_seconds, trouble),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    try:
        print(f"Result   {await handle.result()}")
    except WorkflowFailureError as error:
        print(f"Failed   {reasons(error)}")
    print(f"Books    {', '.join(Books(Path('books.txt')).entries(order_id))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D2L4", description="Place an order.")
    parser.add_argument("--seconds", type=float, default=1, help="how long it is being packed")
    parser.add_argument(
        "--trouble",
        type=Trouble,
        choices=list(Trouble),
        default=Trouble.NONE,
        help="what happens to it",
    )
    arguments = parser.parse_args()
    run(main(arguments.seconds, arguments.trouble))
