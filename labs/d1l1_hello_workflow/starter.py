"""The starter: asks the server for a new workflow and waits for its result.

It knows no worker and calls no code of the workflow: both meet at the server, at a task queue.
"""

import argparse
from uuid import uuid4

from labkit import seat
from labkit.worker import run
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from workflows import TASK_QUEUE, Order, OrderWorkflow


async def main(pause_seconds: float) -> None:
    """Start one order's workflow and print what comes of it."""
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
    print("Waiting for its result. Ctrl-C ends the waiting, not the workflow.")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L1", description="Start one order.")
    parser.add_argument("--seconds", type=float, default=10, help="its pause (default: 10)")
    run(main(parser.parse_args().seconds))
