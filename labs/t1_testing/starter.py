"""The starter: places one order and pays for it, or asks for a release."""

import argparse
import asyncio
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from rehearsal import AS_IT_IS
from release import ReleaseWorkflow
from workflows import OrderWorkflow


async def place(pause_seconds: float) -> None:
    """Place one order, pay after a while, and print what became of it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run, Order(order_id), id=order_id, task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    await asyncio.sleep(pause_seconds)
    await handle.signal(OrderWorkflow.pay)
    print(f"Result   {await handle.result()}")


async def release() -> None:
    """Let the tests be rehearsed, and print what they noticed."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    handle = await client.start_workflow(
        ReleaseWorkflow.run, id=f"release-{uuid4().hex[:6]}", task_queue=TASK_QUEUE
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    outcomes = await handle.result()
    fails_anyway = {test for outcome in outcomes[:1] for test in outcome.failed}
    for outcome in outcomes:
        noticed = ", ".join(sorted(set(outcome.failed) - fails_anyway))
        if outcome.shop == AS_IT_IS:
            passed = outcome.ran - len(outcome.failed)
            verdict = f"{passed} of {outcome.ran} tests pass"
        else:
            verdict = f"noticed by {noticed}" if noticed else "nobody noticed"
        print(f"{outcome.shop:10}  {verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T1", description="Place an order.")
    parser.add_argument("--seconds", type=float, default=1, help="after which you pay")
    parser.add_argument(
        "--release", action="store_true", help="rehearse your tests on a shop with bugs instead"
    )
    arguments = parser.parse_args()
    run(release() if arguments.release else place(arguments.seconds))
