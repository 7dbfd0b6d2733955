"""The starter: places twenty orders and counts how they end, or runs one of the timeouts."""

import argparse
import asyncio
import time
from collections import Counter
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.telling import reasons
from labkit.worker import run
from orders import TASK_QUEUE, Order
from timeouts import ActivityTimeout, AttemptTimeout, OrderTimeout, TimerTimeout
from workflows import OrderWorkflow

CASES = {
    "attempt": AttemptTimeout,
    "activity": ActivityTimeout,
    "order": OrderTimeout,
    "timer": TimerTimeout,
}


async def place_orders(orders: int, wait_seconds: float) -> None:
    """Place orders, all at once, and count how they end."""
    print(f"See them {seat().workflows_url}")
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    endings = Counter(await asyncio.gather(*(place(client, wait_seconds) for _ in range(orders))))
    print(f"Of {orders}:")
    for ending, times in sorted(endings.items()):
        print(f"{times:5}  {ending}")


async def place(client: Client, wait_seconds: float) -> str:
    """Place one order, and return how it ended."""
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, wait_seconds=wait_seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        return f"unpaid: {reasons(error)}"


async def run_case(case: str) -> None:
    """Run one of the timeouts, and print how it ended and when."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    began = time.monotonic()
    handle = await client.start_workflow(
        CASES[case].__name__,
        id=f"{case}-timeout-{uuid4().hex[:6]}",
        task_queue=TASK_QUEUE,
        execution_timeout=timedelta(seconds=5) if case == "order" else None,
    )
    print(f"Started  {handle.id}\nSee it   {seat().workflow_url(handle.id)}")
    try:
        ending = f"completed: {await handle.result()}"
    except WorkflowFailureError as error:
        ending = reasons(error)
    print(f"Ended    after {time.monotonic() - began:.1f} s: {ending}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L3", description="Place orders.")
    parser.add_argument("--orders", type=int, default=20, help="how many")
    parser.add_argument("--seconds", type=float, default=1, help="how long the approver has")
    parser.add_argument("--case", choices=CASES, help="run one of the timeouts instead")
    arguments = parser.parse_args()
    if arguments.case:
        run(run_case(arguments.case))
    else:
        run(place_orders(arguments.orders, arguments.seconds))
