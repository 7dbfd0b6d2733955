"""Looks at a seat: its server, its workers, its files. It changes nothing, and gives up in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import WorkflowExecution as ExecutionRef
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from labkit.checking.history import Event, Json, events_from_json
from labkit.connecting import NoAnswerError, connect
from labkit.doctor.code import fixed_ids
from labkit.doctor.described import described
from labkit.doctor.facts import Execution, Facts, Kind, Poller
from labkit.doctor.sources import read_sources
from labkit.running import RunDir
from labkit.seat import Seat

NEWEST = 100
"""Running workflows that are looked at: a loop may have started thousands."""
STUCK = 20
"""Those among the others that the server itself knows to be stuck."""
CLOSED = 20
LATELY = timedelta(minutes=10)
TAIL = 100
"""Events at the end of a history that are read: it may be as long as the server allows."""
LARGE = 4_000_000
"""Bytes of a history from which on its last event is read alone: it may be as large as allowed."""
AT_ONCE = 8
KINDS: dict[Kind, TaskQueueType.ValueType] = {
    "workflows": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activities": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
PATIENCE_S = 10.0
RPC = timedelta(seconds=5)


@dataclass
class _Seen:
    """What has been read from the server so far."""

    executions: list[Execution] = field(default_factory=list)
    running: int = 0
    ids: set[str] = field(default_factory=set)
    pollers: dict[str, list[Poller]] = field(default_factory=dict)


async def observe(seat: Seat, course: Path, run_dir: RunDir) -> Facts:
    """Look at everything. A server that does not answer is a fact like others."""
    sources = read_sources(course)
    facts = Facts(
        now=datetime.now(UTC),
        address=seat.temporal_address,
        workers=run_dir.workers(),
        crashes=run_dir.crashes(),
        sources=sources,
    )
    ids = {workflow_id for source in sources for _, workflow_id in fixed_ids(source.tree)}
    seen, why_not = _Seen(), ""
    try:
        client = await connect()
        async with asyncio.timeout(PATIENCE_S):
            await _look(client, seen, ids)
    except RPCError as error:
        why_not = error.message
    except (NoAnswerError, TimeoutError):
        # With something read, the server was slow; what was read is judged.
        why_not = "" if seen.executions else "it does not answer."
    return replace(
        facts,
        now=datetime.now(UTC),
        server=why_not,
        executions=seen.executions,
        running=seen.running,
        ids=frozenset(seen.ids),
        pollers=seen.pollers,
    )


async def _look(client: Client, seen: _Seen, ids: Iterable[str]) -> None:
    listed = {found.run_id: found for found in await _list(client)}
    seen.running = (await client.count_workflows("ExecutionStatus='Running'")).count
    turn = asyncio.Semaphore(AT_ONCE)

    async def read(found: WorkflowExecution) -> None:
        async with turn:
            seen.executions.append(await _read(client, found))

    await asyncio.gather(*map(read, listed.values()))
    order = list(listed)
    seen.executions.sort(key=lambda execution: order.index(execution.run_id))
    queues = {execution.queue for execution in seen.executions if execution.running}
    queues |= {activity.queue for one in seen.executions for activity in one.pending}
    for queue in sorted(queues):
        seen.pollers[queue] = await _pollers(client, queue)
    for workflow_id in ids:
        if await _is_running(client, workflow_id):
            seen.ids.add(workflow_id)


async def _list(client: Client) -> Sequence[WorkflowExecution]:
    """Return running workflows, newest first, then stuck ones, then those that ended lately."""
    since = (datetime.now(UTC) - LATELY).isoformat()
    queries = (
        ("ExecutionStatus='Running'", NEWEST),
        ("ExecutionStatus='Running' AND TemporalReportedProblems IS NOT NULL", STUCK),
        (f"CloseTime > '{since}'", CLOSED),
    )
    return [
        found
        for query, limit in queries
        async for found in client.list_workflows(query, limit=limit, page_size=limit)
    ]


async def _read(client: Client, found: WorkflowExecution) -> Execution:
    execution = Execution(
        workflow_id=found.id,
        run_id=found.run_id,
        kind=found.workflow_type,
        queue=found.task_queue,
        running=found.status is WorkflowExecutionStatus.RUNNING,
    )
    size = found.raw_info.history_size_bytes
    if execution.running:
        execution = described(execution, await _describe(client, found), datetime.now(UTC))
        size = execution.size
    return replace(execution, tail=await _tail(client, found, 1 if size > LARGE else TAIL))


async def _describe(client: Client, found: WorkflowExecution) -> Json:
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace,
        execution=ExecutionRef(workflow_id=found.id, run_id=found.run_id),
    )
    answer = await client.workflow_service.describe_workflow_execution(request, timeout=RPC)
    description: Json = MessageToDict(answer)
    return description


async def _tail(client: Client, found: WorkflowExecution, most: int) -> Sequence[Event]:
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=ExecutionRef(workflow_id=found.id, run_id=found.run_id),
        maximum_page_size=most,
    )
    service = client.workflow_service
    answer = await service.get_workflow_execution_history_reverse(request, timeout=RPC)
    return events_from_json(MessageToDict(answer.history))[::-1]


async def _pollers(client: Client, queue: str) -> list[Poller]:
    pollers = []
    for kind, number in KINDS.items():
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=number
        )
        answer = await client.workflow_service.describe_task_queue(request, timeout=RPC)
        pollers += [
            Poller(poller.identity, poller.last_access_time.ToDatetime(UTC), kind)
            for poller in answer.pollers
        ]
    return pollers


async def _is_running(client: Client, workflow_id: str) -> bool:
    try:
        described = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=RPC)
    except RPCError:
        return False
    return described.status is WorkflowExecutionStatus.RUNNING
