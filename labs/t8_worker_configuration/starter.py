"""The starter: places an order, and reads from its history how its parcels were worked on."""

import argparse
from dataclasses import dataclass
from uuid import uuid4

from temporalio.api.enums.v1 import EventType, TaskQueueKind
from temporalio.client import Client, WorkflowHistory
from temporalio.envconfig import ClientConfig

from labkit import seat
from labkit.worker import run
from orders import TASK_QUEUE, Order
from workflows import OrderWorkflow

NANOSECONDS = 1e9


@dataclass(frozen=True)
class Work:
    """One activity, by the server's clock, in seconds.

    Attributes:
        asked: when the workflow asked for it.
        begun: when a worker took it.
        ended: when it was done.
    """

    asked: float
    begun: float
    ended: float


def works(history: WorkflowHistory) -> list[Work]:
    """Return all activities of a history that has ended well."""
    events = {event.event_id: event for event in history.events}
    found = []
    for event in history.events:
        if event.event_type is EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            of = event.activity_task_completed_event_attributes
            asked, begun = events[of.scheduled_event_id], events[of.started_event_id]
            times = (one.event_time.ToNanoseconds() / NANOSECONDS for one in (asked, begun, event))
            found.append(Work(*times))
    return found


def most_at_a_time(found: list[Work]) -> int:
    """Return how many there were in work together, when there were most."""
    return max(sum(one.begun <= at.begun < one.ended for one in found) for at in found)


def from_memory(history: WorkflowHistory) -> tuple[int, int]:
    """Return how many workflow tasks there were after the first, and how many of them sticky.

    A sticky one goes to the worker that has the workflow in memory; any other is a replay.
    """
    tasks = [
        event.workflow_task_scheduled_event_attributes.task_queue.kind
        for event in history.events
        if event.event_type is EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    ]
    return len(tasks) - 1, tasks.count(TaskQueueKind.TASK_QUEUE_KIND_STICKY)


async def main(parcels: int, seconds: float) -> None:
    """Place an order, wait for its end, and say how it went."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    order_id = f"order-{uuid4().hex[:6]}"
    handle = await client.start_workflow(
        OrderWorkflow.run,
        Order(order_id, parcels, seconds),
        id=order_id,
        task_queue=TASK_QUEUE,
    )
    print(f"Started  {handle.id}")
    print(f"See it   {seat().workflow_url(handle.id)}")
    await handle.result()
    history = await handle.fetch_history()
    found = works(history)
    waited = max(work.begun - work.asked for work in found)
    took = max(work.ended for work in found) - min(work.asked for work in found)
    later, sticky = from_memory(history)
    print(f"Labels   {len(found)} in {took:.1f} s, at most {most_at_a_time(found)} at a time")
    print(f"Waiting  the last one began after {waited:.1f} s")
    print(f"Memory   {sticky} of {later} later workflow tasks found the order in it")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run T8", description="Place an order.")
    parser.add_argument("--parcels", type=int, default=10, help="how many labels")
    parser.add_argument("--seconds", type=float, default=1, help="how long each takes")
    arguments = parser.parse_args()
    run(main(arguments.parcels, arguments.seconds))
