"""The starter: places an order of many parcels, and says how long they took."""

import argparse
import time
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Job, Order
from workflows import OrderWorkflow

ADDRESS = "12 St James's Square"


async def main(jobs: int, seconds: float, *, missing: bool) -> None:
    """Place an order and wait for its end."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    parcels = [Job(f"{order_id}-{n:02}", ADDRESS, seconds) for n in range(1, jobs + 1)]
    if missing:
        parcels[2].address = ""
    began = time.monotonic()
    handle = await client.start_workflow(
        OrderWorkflow.run, Order(order_id, parcels), id=order_id, task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    result = await handle.result()
    print(f"Result   {result}, after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D2L3", description="Place an order.")
    parser.add_argument("--jobs", type=int, default=10, help="how many parcels, 3 or more")
    parser.add_argument("--seconds", type=float, default=1, help="how long each takes to pack")
    parser.add_argument("--missing", action="store_true", help="the third has no address")
    arguments = parser.parse_args()
    run(main(arguments.jobs, arguments.seconds, missing=arguments.missing))
