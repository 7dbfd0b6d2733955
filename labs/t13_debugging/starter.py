"""The starter: a night at the shop, with yesterday's worker; or a note on what you found out."""

import argparse
import asyncio
import logging
import sys
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

import yesterday
from activities import charge, print_label, refund, ship
from labkit import seat
from labkit.running import RunDir
from labkit.worker import run
from orders import TASK_QUEUE, Note, Order, Parcel, Return
from workflows import Chart, ParcelWorkflow, ReturnWorkflow

FIRST_TASK = 4
"""Events of a workflow that a worker has had in its hands once."""


async def night(pause_seconds: float) -> None:
    """Let the night shift begin an order, a parcel and a return, and go home."""
    if any(worker.lab == "T13" for worker in RunDir.from_environment().workers()):
        sys.exit("Your worker has the day shift: end it with Ctrl-C before the night begins.")
    logging.disable()  # nobody keeps what the night's worker says
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**config, identity=f"night-{uuid4()}")
    shift = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[yesterday.OrderWorkflow, ParcelWorkflow, ReturnWorkflow],
        activities=[charge, ship, print_label, refund],
        max_cached_workflows=0,  # when it has gone, nothing is kept for it
    )
    async with shift:
        begun = await _begin(client, uuid4().hex[:6], pause_seconds)
        while min([(await one.describe()).history_length for one in begun]) < FIRST_TASK:
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
    for one in begun:
        print(f"Started  {one.id}")
    print(f"See them {seat().workflows_url}")
    print("The night shift goes home.")


async def _begin(
    client: Client, number: str, pause_seconds: float
) -> list[WorkflowHandle[Any, Any]]:
    order = Order(f"order-{number}", pause_seconds)
    parcel = Parcel(f"parcel-{number}", "Lange Reihe 100", "2O099", "Hamburg")
    request = Return(f"return-{number}")
    queue = TASK_QUEUE
    begun: list[WorkflowHandle[Any, Any]] = [
        await client.start_workflow(
            yesterday.OrderWorkflow.run, order, id=order.order_id, task_queue=queue
        ),
        await client.start_workflow(
            ParcelWorkflow.run, parcel, id=parcel.parcel_id, task_queue=queue
        ),
        await client.start_workflow(
            ReturnWorkflow.run, request, id=request.return_id, task_queue=queue
        ),
    ]
    await begun[-1].signal(ReturnWorkflow.inspected)
    await begun[-1].signal("arived")  # sent by the scanner at the gate, which is not ours
    return begun


async def note(workflow_id: str, finding: str) -> None:
    """Pin a note to a workflow. The server takes it, whatever state the workflow is in."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    await client.get_workflow_handle(workflow_id).signal(Chart.note, Note(finding))
    print(f"{workflow_id} has your note: {finding}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T13", description="Let a night go by.")
    parser.add_argument("--seconds", type=float, default=15, help="how long the order is packed")
    parser.add_argument(
        "--note", nargs=2, metavar=("ID", "FINDING"), help="pin a note to a workflow, instead"
    )
    arguments = parser.parse_args()
    run(note(*arguments.note) if arguments.note else night(arguments.seconds))
