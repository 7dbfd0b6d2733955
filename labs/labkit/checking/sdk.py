"""A server as the SDK reaches it: what `lab check` reads from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError

from labkit.checking.history import Json, title_case
from labkit.checking.source import Listed, SilentError


class Sdk:
    """The executions of a client's namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self, query: str, most: int) -> Sequence[Listed]:
        """Return those that a query finds, newest first."""
        with _explained():
            found = self._client.list_workflows(query, limit=most)
            return [_listed(one) async for one in found]

    async def counted(self, query: str) -> int:
        """Return how many a query finds."""
        with _explained():
            return (await self._client.count_workflows(query)).count

    async def described(self, one: Listed) -> Json:
        """Return what the server tells of an execution beside its history."""
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace,
            execution=Execution(workflow_id=one.workflow_id, run_id=one.run_id),
        )
        with _explained():
            answer = await self._client.workflow_service.describe_workflow_execution(request)
        described: Json = MessageToDict(answer)
        return described

    async def history(self, one: Listed) -> Json:
        """Return the whole history of an execution."""
        handle = self._client.get_workflow_handle(one.workflow_id, run_id=one.run_id)
        with _explained():
            return (await handle.fetch_history()).to_json_dict()


def _listed(found: WorkflowExecution) -> Listed:
    return Listed(
        workflow_id=found.id,
        run_id=found.run_id,
        kind=found.workflow_type,
        queue=found.task_queue,
        status=title_case(found.status.name, "") if found.status else "Unknown",
        started=found.start_time,
        length=found.history_length,
        size=found.raw_info.history_size_bytes,
    )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except RPCError as error:
        raise SilentError(error.message) from error
