"""The starter: places one order and waits for its end, whatever that is."""

import argparse
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Card, Order
from workflows import OrderWorkflow


async def main(items: int, card: Card) -> None:
    """Place one order and print what became of it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run, Order(order_id, items, card), id=order_id, task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T7", description="Place an order.")
    parser.add_argument("--items", type=int, default=20, help="how many, a second each")
    parser.add_argument(
        "--card", type=Card, choices=list(Card), default=Card.GOOD, help="what it is paid with"
    )
    arguments = parser.parse_args()
    run(main(arguments.items, arguments.card))
