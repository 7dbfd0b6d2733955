"""Reads a lab's executions from a server. It only ever reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from labkit.checking.history import Run, events_from_json, pending_from_json, title_case

NEWEST = 300
"""How many executions of a lab are looked at: a loop may have started thousands."""

LONGEST = 2_000
"""Events of the longest history that is read: a lab's have less than a hundred."""

AT_ONCE = 8


@dataclass(frozen=True)
class Reading:
    """What was read.

    Attributes:
        runs: a lab's executions, newest first.
        skipped: the IDs of workflows whose history is too long to be read.
    """

    runs: Sequence[Run]
    skipped: Sequence[str]


async def read_runs(client: Client, lab_id: str) -> Reading:
    """Read the newest executions of a lab: those on task queues that begin with its id.

    Raises:
        RPCError: the server does not answer, or not well.
    """
    query = f"TaskQueue STARTS_WITH '{lab_id.lower()}_'"
    listed = [found async for found in client.list_workflows(query, limit=NEWEST)]
    turn = asyncio.Semaphore(AT_ONCE)

    async def read(found: WorkflowExecution) -> Run | None:
        async with turn:
            return await _read(client, found)

    runs = await asyncio.gather(*map(read, listed))
    return Reading(
        runs=[run for run in runs if run],
        skipped=[found.id for found, run in zip(listed, runs, strict=True) if not run],
    )


async def _read(client: Client, found: WorkflowExecution) -> Run | None:
    """Return an execution, None if its history is too long to be read."""
    length = found.history_length
    handle = client.get_workflow_handle(found.id, run_id=found.run_id)
    described = {}
    # First the attempts, then the history: an activity that ends in between is in both.
    if found.status is WorkflowExecutionStatus.RUNNING:
        request = DescribeWorkflowExecutionRequest(
            namespace=client.namespace,
            execution=Execution(workflow_id=found.id, run_id=found.run_id),
        )
        answer = await client.workflow_service.describe_workflow_execution(request)
        described = MessageToDict(answer)
        # The listing learns it when the workflow is over.
        length = int(described["workflowExecutionInfo"]["historyLength"])
    if length > LONGEST:
        return None
    history = await handle.fetch_history()
    task = described.get("pendingWorkflowTask", {})
    return Run(
        workflow_id=found.id,
        run_id=found.run_id,
        kind=found.workflow_type,
        status=title_case(found.status.name, "") if found.status else "Unknown",
        events=events_from_json(history.to_json_dict()),
        pending=pending_from_json(described),
        read_at=datetime.now(UTC),
        attempt=int(task.get("attempt", 1)),
    )
