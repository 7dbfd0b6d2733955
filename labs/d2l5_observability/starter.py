"""The starter: places orders, and says how they ended."""

import argparse
import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import ANSWERS, TASK_QUEUE, Order, Trouble
from workflows import OrderWorkflow


async def main(count: int, trouble: Trouble, pause: float, within: float | None) -> None:
    """Place some orders, wait for all of them, and count their endings."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    print(f"See them {seat().workflows_url}")
    handles = []
    for number in range(count):
        order_id = f"order-{uuid4().hex[:6]}"
        handle = await client.start_workflow(
            OrderWorkflow.run,
            Order(order_id, ANSWERS[number % len(ANSWERS)], pause, trouble),
            id=order_id,
            task_queue=TASK_QUEUE,
            execution_timeout=timedelta(seconds=within) if within else None,
        )
        print(f"Started  {handle.id}")
        handles.append(handle)
    endings = Counter(await asyncio.gather(*map(ending, handles)))
    print(f"Of {count}:")
    for what, many in endings.most_common():
        print(f"{many:5}  {what}")


async def ending(handle: WorkflowHandle[OrderWorkflow, str]) -> str:
    """Wait for an order, and return how it ended."""
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        cause: BaseException = error.cause
        while behind := getattr(cause, "cause", None):
            cause = behind
        return str(cause)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D2L5", description="Place orders.")
    parser.add_argument("--orders", type=int, default=1, help="how many")
    parser.add_argument(
        "--trouble",
        type=Trouble,
        choices=list(Trouble),
        default=Trouble.NONE,
        help="what happens when they are paid",
    )
    parser.add_argument("--seconds", type=float, default=0, help="how long each is being packed")
    parser.add_argument("--within", type=float, help="how long an order may take, all in all")
    arguments = parser.parse_args()
    run(main(arguments.orders, arguments.trouble, arguments.seconds, arguments.within))
