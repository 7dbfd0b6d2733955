"""The starter: orders one parcel and waits until it is shipped."""

import argparse
import time
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from workflows import ParcelWorkflow


async def main(pause_seconds: float) -> None:
    """Start one parcel and print what comes of it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"parcel-{uuid4().hex[:6]}"
    # The last post leaves in the middle of the parcel's pause.
    last_post = time.time() + pause_seconds / 2
    handle = await client.start_workflow(
        ParcelWorkflow.run,
        Order(order_id, pause_seconds, last_post),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L5", description="Order a parcel.")
    parser.add_argument("--seconds", type=float, default=30, help="its pause")
    run(main(parser.parse_args().seconds))
