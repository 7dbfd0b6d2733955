"""The starter: places orders, and reads from their histories which release had them."""

import argparse
import asyncio
from collections import Counter
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order

OrderHandle = WorkflowHandle[object, str]


async def place(client: Client, order_id: str, seconds: float) -> OrderHandle:
    """Place one order, by its workflow's type: which code that is, the server decides."""
    return await client.start_workflow(
        "OrderWorkflow",
        Order(order_id, seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
        result_type=str,
    )


async def releases(handle: OrderHandle) -> str:
    """Return the releases that worked on an order; of one that is pinned there is only one."""
    history = await handle.fetch_history()
    tasks = [
        event.workflow_task_completed_event_attributes.deployment_version
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return ", ".join(sorted({f"{task.deployment_name} {task.build_id}" for task in tasks}))


async def main(orders: int, seconds: float) -> None:
    """Place orders, wait for all of them, and count them by release."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    first = f"order-{uuid4().hex[:6]}"
    handles = [await place(client, f"{first}-{n}", seconds) for n in range(1, orders + 1)]
    print(f"Started  {handles[0].id} to {handles[-1].id}")
    print(f"See them {seat().workflows_url}")
    results = await asyncio.gather(*(handle.result() for handle in handles))
    print(f"Result   {results[0]}, and so on")
    counted = Counter(await asyncio.gather(*map(releases, handles)))
    for release, count in sorted(counted.items()):
        print(f"Release  {release} had {count} of {orders}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T11", description="Place orders.")
    parser.add_argument("--orders", type=int, default=20, help="how many")
    parser.add_argument("--seconds", type=float, default=1, help="how long each is being packed")
    arguments = parser.parse_args()
    run(main(arguments.orders, arguments.seconds))
