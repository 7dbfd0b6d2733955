"""The starter: places one order, encrypted before it leaves this process."""

import argparse
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from encryption import with_encryption
from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from workflows import OrderWorkflow


async def main(card: str) -> None:
    """Place one order and print what became of it."""
    plain = await Client.connect(**ClientConfig.load_client_connect_config())
    client = with_encryption(plain)
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, "ada@example.com", card),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T9", description="Place an order.")
    parser.add_argument("--card", default="4111 1111", help="what it is paid with; '' for none")
    run(main(parser.parse_args().card))
