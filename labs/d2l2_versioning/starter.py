"""The starter: places one order, or tries the code on disk on the orders that are on their way."""

import argparse
import re
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Replayer

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from workflows import OrderWorkflow


async def place(pause_seconds: float) -> None:
    """Place one order and wait until it is shipped."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, pause_seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


async def replay() -> None:
    """Say of each running order whether the code on disk could go on with it.

    Nothing happens to the orders, and no worker is needed: their histories are read, and the
    code is led through them in this process.
    """
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    running = client.list_workflows(f"TaskQueue = '{TASK_QUEUE}' AND ExecutionStatus = 'Running'")
    # What the SDK's core would log of a failed replay is in the result as well.
    quiet = Runtime(telemetry=TelemetryConfig(logging=None))
    replayer = Replayer(workflows=[OrderWorkflow], runtime=quiet)
    async with replayer.workflow_replay_iterator(running.map_histories()) as results:
        async for result in results:
            failure = result.replay_failure
            verdict = f"breaks: {in_short(failure)}" if failure else "goes on"
            print(f"{result.history.workflow_id}  {verdict}")


def in_short(failure: Exception) -> str:
    """Return the sentence that is in the several hundred characters of a replay's failure."""
    sentence = re.search(r'message: "(.*?)(?<!\\)"', str(failure))
    return sentence.group(1) if sentence else str(failure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D2L2", description="Place an order.")
    parser.add_argument("--seconds", type=float, default=30, help="how long it is being packed")
    parser.add_argument(
        "--replay", action="store_true", help="try the code on orders on their way, instead"
    )
    arguments = parser.parse_args()
    run(replay() if arguments.replay else place(arguments.seconds))
