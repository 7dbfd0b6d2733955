"""The starter: asks the server for a workflow and waits for its result.

It knows no worker. Starter and worker meet at the server, at a task queue.
"""

import argparse
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from workflows import TASK_QUEUE, Order, OrderWorkflow


async def main(pause_seconds: float) -> None:
    """Start one order and print what comes of it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, email="ada@example.com", pause_seconds=pause_seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print("Waiting for it; Ctrl-C ends the waiting, not the workflow.")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L1", description="Start an order.")
    parser.add_argument("--seconds", type=float, default=10, help="its pause")
    run(main(parser.parse_args().seconds))
