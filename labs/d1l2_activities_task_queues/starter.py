"""The starter: asks the server for one order or several, and prints what comes of them."""

import argparse
import asyncio
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import Order, Queue
from workflows import OrderWorkflow


async def place(client: Client, dropped_lines: int) -> None:
    """Start one order and wait for it."""
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, email="ada@example.com", dropped_lines=dropped_lines),
        id=order_id,
        task_queue=Queue.ORDERS,
    )
    print(f"Started  {handle.id}\nSee it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


async def main(orders: int, dropped_lines: int) -> None:
    """Place the orders, all at once."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    await asyncio.gather(*(place(client, dropped_lines) for _ in range(orders)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L2", description="Place orders.")
    parser.add_argument("--orders", type=int, default=1, help="how many")
    parser.add_argument(
        "--dropped-lines", type=int, default=0, help="how often the mail server hangs up on each"
    )
    arguments = parser.parse_args()
    run(main(arguments.orders, arguments.dropped_lines))
