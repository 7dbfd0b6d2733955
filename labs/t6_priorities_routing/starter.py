"""The starter: places parcels in the order that shall not be theirs, or boxes."""

import argparse
import asyncio
from dataclasses import dataclass
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import Box, Parcel, Queue
from workflows import BoxWorkflow, ParcelWorkflow


@dataclass
class Batch:
    """Parcels of one customer, placed one after the other."""

    customer: str
    parcels: int
    priority: Priority


BATCHES = {
    # 1 is the most urgent, 5 the least; without any it is 3.
    "priorities": [
        Batch("a-shop", 6, Priority(priority_key=5)),
        Batch("ada", 3, Priority(priority_key=1)),
    ],
    "first-come": [
        Batch("a-shop", 12, Priority.default),
        Batch("ada", 3, Priority.default),
    ],
    # Whoever has a key of their own gets their turn, however much others have placed before.
    "fairness": [
        Batch("a-shop", 12, Priority(fairness_key="a-shop")),
        Batch("ada", 3, Priority(fairness_key="ada")),
    ],
}


async def place(batches: list[Batch]) -> None:
    """Place all parcels, and tell in which order they were packed, as the histories have it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handles = []
    for batch in batches:
        for number in range(1, batch.parcels + 1):
            handle = await client.start_workflow(
                ParcelWorkflow.run,
                Parcel(f"{batch.customer}-{number}", batch.customer),
                id=f"{order_id}-{batch.customer}-{number}",
                task_queue=Queue.ORDERS,
                priority=batch.priority,
            )
            handles.append(handle)
        print(f"Placed   {order_id}, {batch.parcels} parcels of {batch.customer}")
    print(f"See them {seat().workflows_url}")
    await asyncio.gather(*(handle.result() for handle in handles))
    packed = sorted([(await began(handle), handle.id) for handle in handles])
    print(f"Packed   {' '.join(name.removeprefix(f'{order_id}-') for _, name in packed)}")


async def began(handle: WorkflowHandle[ParcelWorkflow, None]) -> int:
    """Return when a table took a parcel, in nanoseconds: the server's clock, not ours."""
    history = await handle.fetch_history()
    return next(
        event.event_time.ToNanoseconds()
        for event in history.events
        if event.HasField("activity_task_started_event_attributes")
    )


async def boxes(count: int, things: int) -> None:
    """Have boxes packed, and tell at which table each was."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    await asyncio.gather(*(box(client, things) for _ in range(count)))


async def box(client: Client, things: int) -> None:
    """Have one box packed."""
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        BoxWorkflow.run, Box(order_id, things), id=order_id, task_queue=Queue.ORDERS
    )
    print(f"Started  {handle.id}")
    print(f"Result   {handle.id} was packed at {await handle.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T6", description="Place parcels, or boxes.")
    parser.add_argument("scene", choices=[*BATCHES, "boxes"], help="what is to be seen")
    parser.add_argument("--boxes", type=int, default=4, help="how many boxes")
    parser.add_argument("--things", type=int, default=3, help="how many things in each")
    arguments = parser.parse_args()
    if arguments.scene == "boxes":
        run(boxes(arguments.boxes, arguments.things))
    else:
        run(place(BATCHES[arguments.scene]))
