"""The starter: places an order, approves one that waits, or asks it first."""

import argparse
from dataclasses import replace
from uuid import uuid4

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Approval, Order
from workflows import OrderWorkflow

APPROVAL = Approval(approver="grace")


async def place(wait_seconds: float, *, approved: bool) -> None:
    """Place an order and wait for its end; an approved one finds its signal there at once."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, email="ada@example.com", wait_seconds=wait_seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
        # Signal-with-start: sent to a workflow that runs, or one is started for it.
        start_signal="receive_approval" if approved else None,
        start_signal_args=[APPROVAL] if approved else [],
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    print(f"Result   {await handle.result()}")


async def approve(order_id: str) -> None:
    """Send the signal to an order that waits. It returns as soon as the server has it."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    await client.get_workflow_handle(order_id).signal("receive_approval", APPROVAL)
    print(f"The server has the signal for {order_id}.")


async def ask(order_id: str) -> None:
    """Ask an order how it is, and approve it unless it is: the approval tells what it said."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    handle = client.get_workflow_handle(order_id)
    status: str = await handle.query("status")
    print(f"{order_id} says: {status}")
    if status != "approved":
        await handle.signal("receive_approval", replace(APPROVAL, seen=status))
        print(f"The server has the signal for {order_id}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D1L4", description="Place an order.")
    parser.add_argument("--seconds", type=float, default=60, help="how long it waits")
    parser.add_argument("--approved", action="store_true", help="signal it as it starts")
    parser.add_argument("--approve", metavar="ORDER", help="signal an order that waits, instead")
    parser.add_argument("--ask", metavar="ORDER", help="ask it first, and signal it if it waits")
    arguments = parser.parse_args()
    if arguments.approve:
        run(approve(arguments.approve))
    elif arguments.ask:
        run(ask(arguments.ask))
    else:
        run(place(arguments.seconds, approved=arguments.approved))
