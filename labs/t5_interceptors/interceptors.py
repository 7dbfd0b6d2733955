"""The interceptors: take the number of a request along, from who asks to who works.

It travels in a header, beside the input. Each of the four classes has it in its hands once: out of
the client, into the workflow, out of the workflow, into the activity.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from temporalio import activity, client, converter, worker, workflow
from temporalio.api.common.v1 import Payload

HEADER = "request"
request: ContextVar[str] = ContextVar("request", default="")
"""The request that whatever runs at the moment is for. Each workflow and activity sees its own."""

payloads = converter.default().payload_converter


def with_request(headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
    """Return headers with the number of this request, if there is one."""
    return {**headers, HEADER: payloads.to_payload(request.get())} if request.get() else headers


def take_request(headers: Mapping[str, Payload]) -> None:
    """Make the request of these headers this one."""
    if HEADER in headers:
        request.set(payloads.from_payload(headers[HEADER], str))


class OutOfClient(client.OutboundInterceptor):
    """What a client asks the server for."""

    async def start_workflow(
        self, input: client.StartWorkflowInput
    ) -> client.WorkflowHandle[Any, Any]:
        """Start a workflow."""
        input.headers = with_request(input.headers)
        return await super().start_workflow(input)


class IntoWorkflow(worker.WorkflowInboundInterceptor):
    """What a workflow is asked for. All of it is replayed, so it has to be deterministic."""

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        """Stand between the workflow and what it asks for, too."""
        super().init(OutOfWorkflow(outbound))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        """Run the workflow."""
        take_request(input.headers)
        return await super().execute_workflow(input)


class OutOfWorkflow(worker.WorkflowOutboundInterceptor):
    """What a workflow asks for."""

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        """Ask for an activity."""
        input.headers = with_request(input.headers)
        return super().start_activity(input)


class IntoActivity(worker.ActivityInboundInterceptor):
    """What an activity is asked for. It is no workflow: it may do what it likes."""

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        """Run one attempt of the activity, and count it."""
        take_request(input.headers)
        counter = activity.metric_meter().create_counter("shop_attempts")
        counter.add(1, {"for_a_request": "yes" if request.get() else "no"})
        return await super().execute_activity(input)


class RequestInterceptor(client.Interceptor, worker.Interceptor):
    """All four. Given to a client, it is with the workers of that client as well."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """Return what stands before the client's calls."""
        return OutOfClient(super().intercept_client(next))

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Return what stands before each workflow."""
        return IntoWorkflow

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """Return what stands before each activity."""
        return IntoActivity(super().intercept_activity(next))


def name_request(record: logging.LogRecord) -> bool:
    """Put the number of the request before a log line; every line is worth logging."""
    if request.get():
        record.msg = f"[{request.get()}] {record.msg}"
    return True
