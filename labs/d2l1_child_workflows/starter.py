"""The starter: plays the matrix, a row for each pattern and a field for each case, all at once."""

import argparse
import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from labkit import seat
from labkit.telling import reasons
from labkit.worker import run
from orders import TASK_QUEUE, Order, Tracking
from workflows import HandOffOrder, SupervisedOrder, TrackingWorkflow, WaitingOrder

PATTERNS = {
    "handoff": HandOffOrder,
    "waiting": WaitingOrder,
    "recursive": TrackingWorkflow,
    "supervised": SupervisedOrder,
}
ORDERS = {
    "parent ends": Order("", shift_seconds=0),
    "parent fails": Order("", declined=True),
    "child fails": Order("", lost=True),
}
TRACKINGS = {
    "parent ends": Tracking(""),
    "parent fails": Tracking("", unknown_at=1),
    "child fails": Tracking("", unknown_at=2),
}


@dataclass
class Ending:
    """A field of the matrix: how parent and child ended, and what the parent's client got."""

    parent: str
    child: str
    got: str


@dataclass
class Matrix:
    """Plays single fields."""

    client: Client
    packing_seconds: float

    async def play(self, pattern: str, case: str) -> Ending:
        """Play a field until both, parent and child, are over."""
        order_id = f"order-{uuid4().hex[:6]}"
        workflow = PATTERNS[pattern]
        told: Order | Tracking
        if workflow is TrackingWorkflow:
            told = replace(TRACKINGS[case], order_id=order_id)
        else:
            seconds = self.packing_seconds
            told = replace(ORDERS[case], order_id=order_id, packing_seconds=seconds)
        handle = await self.client.start_workflow(
            workflow.__name__, told, id=order_id, task_queue=TASK_QUEUE
        )
        print(f"Started  {handle.id}  {pattern}, {case}")
        got = await self._result(handle.id)
        first = handle.first_execution_run_id
        if isinstance(told, Tracking):
            # Parent and child are the first run of one workflow, and the last.
            child = await self._status(handle.id, other_than=first)
        else:
            await self._result(told.parcel.fulfilment_id)
            child = await self._status(told.parcel.fulfilment_id)
        return Ending(await self._status(handle.id, run_id=first), child, got)

    async def _result(self, workflow_id: str) -> str:
        """Wait until a workflow is over; return its result, or what it died of."""
        try:
            return str(await self.client.get_workflow_handle(workflow_id).result())
        except WorkflowFailureError as error:
            return reasons(error)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return ""

    async def _status(
        self, workflow_id: str, *, run_id: str | None = None, other_than: str | None = None
    ) -> str:
        """Return how a run is, the last one by default; none if there is no such run."""
        handle = self.client.get_workflow_handle(workflow_id, run_id=run_id)
        try:
            seen = await handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return "none"
        if seen.run_id == other_than or not seen.status:
            return "none"
        return seen.status.name.lower().replace("_", " ")


async def main(patterns: Collection[str], packing_seconds: float) -> None:
    """Play some of the rows, and print them."""
    print(f"See them {seat().workflows_url}")
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    matrix = Matrix(client, packing_seconds)
    rows = [
        asyncio.gather(*(matrix.play(pattern, case) for case in ORDERS)) for pattern in patterns
    ]
    for pattern, endings in zip(patterns, await asyncio.gather(*rows), strict=True):
        print(f"{pattern:14}  {'parent':16}  {'child':10}  the parent's client got")
        for case, ending in zip(ORDERS, endings, strict=True):
            print(f"  {case:12}  {ending.parent:16}  {ending.child:10}  {ending.got}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lab run D2L1", description="Play the matrix.")
    parser.add_argument("pattern", nargs="?", choices=PATTERNS, help="one row of it")
    parser.add_argument("--seconds", type=float, default=3, help="how long a parcel is packed")
    arguments = parser.parse_args()
    run(main([arguments.pattern] if arguments.pattern else PATTERNS, arguments.seconds))
