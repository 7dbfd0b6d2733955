"""What an attendee may do on a day, counted by hand; it runs in a seat's workspace.

``EXPECTED`` is what the dashboards must show then, beyond what they showed before. Its worker has
the first worker's port, and lives on when all is done, until the file ``MAY_END`` is there.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.api.batch.v1 import BatchOperationTermination
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    ResetWorkflowExecutionRequest,
    StartBatchOperationRequest,
)
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleSpec,
    ScheduleState,
    WorkflowFailureError,
)
from temporalio.common import RetryPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from labkit.worker import worker_client

ACTIVITIES = {"Scheduled": 8, "Started": 11, "Completed": 6, "Failed": 2, "Retried": 3}
EXPECTED = {
    "start-here": {
        "Workflows since the server started": {
            # Simple 5 (started twice, once by a parent, then once, and that reset), Sleeper 4,
            # Again continued once, and one each of the others; one Sleeper and Stuck are open in
            # the end.
            "Started": 17,
            "Completed": 9,
            "Failed": 2,
            "Timed out": 1,
            "Other endings": 3,
        },
        "Activities since the server started": ACTIVITIES,
    },
    "workflows": {
        "Workflows ended since the server started": {
            "Completed": 9,
            "Failed": 2,
            "Timed out": 1,
            "Canceled": 1,
            "Terminated": 1,
            "Continued": 1,
        },
        "All workflows": {"Started": 17, "Open": 2},
        "Messages to all workflows": {
            "Signals": 2,
            "Queries": 1,
            "Updates": 1,
            "Cancel requests": 1,
        },
    },
    "activities-and-retries": {
        "Activities ended since the server started": {
            "Completed": 6,
            "Failed": 1,
            "Timed out": 1,
            "Canceled": 0,
        },
        "Attempts since the server started": {"Failed": 4, "Timed out": 1, "Retried": 3},
        "Activities since the server started": ACTIVITIES,
    },
}

DONE = Path("/tmp/dashboards.done")  # noqa: S108 - the container's own
MAY_END = Path("/tmp/dashboards.may-end")  # noqa: S108 - the container's own

QUEUE = "dashboards"
BRIEFLY = timedelta(seconds=1)


@activity.defn
async def work(seconds: float, failures: int) -> None:
    if activity.info().attempt <= failures:
        raise RuntimeError("not yet")
    await asyncio.sleep(seconds)


async def do_work(seconds: float, failures: int, attempts: int) -> None:
    await workflow.execute_activity(
        work,
        args=[seconds, failures],
        start_to_close_timeout=BRIEFLY,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=100), maximum_attempts=attempts
        ),
    )


@workflow.defn
class Simple:
    @workflow.run
    async def run(self) -> None:
        await do_work(0, failures=0, attempts=1)


@workflow.defn
class Retries:
    @workflow.run
    async def run(self) -> None:
        await do_work(0, failures=2, attempts=3)


@workflow.defn
class GivesUp:
    @workflow.run
    async def run(self) -> None:
        await do_work(0, failures=2, attempts=2)


@workflow.defn
class TooSlow:
    @workflow.run
    async def run(self) -> None:
        await do_work(3, failures=0, attempts=1)


@workflow.defn
class Parent:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_child_workflow(Simple.run, id=f"child-{workflow.info().run_id}")


@workflow.defn
class Again:
    @workflow.run
    async def run(self, times: int) -> None:
        if times:
            workflow.continue_as_new(times - 1)


@workflow.defn
class Sleeper:
    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(3600)

    @workflow.signal
    def poke(self) -> None:
        pass

    @workflow.query
    def dreams(self) -> str:
        return "of sheep"

    @workflow.update
    def turn_over(self) -> None:
        pass


@workflow.defn
class Local:
    @workflow.run
    async def run(self) -> None:
        workflow.metric_meter().create_counter("sheep", "Sheep that were counted").add(3)
        await workflow.execute_local_activity(work, args=[0.0, 0], start_to_close_timeout=BRIEFLY)


@workflow.defn
class Stuck:
    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("a bug")


WORKFLOWS = [Simple, Retries, GivesUp, TooSlow, Parent, Again, Sleeper, Local]
NEVER_ENDS = [Stuck]


async def run_to_their_ends(client: Client) -> None:
    for kind in (Simple, Simple, Retries, Parent, Local):
        await client.execute_workflow(kind.run, id=f"{uuid4()}", task_queue=QUEUE)
    await client.execute_workflow(Again.run, 1, id=f"{uuid4()}", task_queue=QUEUE)
    ending = [
        client.execute_workflow(GivesUp.run, id=f"{uuid4()}", task_queue=QUEUE),
        client.execute_workflow(TooSlow.run, id=f"{uuid4()}", task_queue=QUEUE),
        client.execute_workflow(
            Sleeper.run, id=f"{uuid4()}", task_queue=QUEUE, execution_timeout=BRIEFLY
        ),
    ]
    for outcome in await asyncio.gather(*ending, return_exceptions=True):
        assert isinstance(outcome, WorkflowFailureError), outcome


async def leave_one_open(client: Client) -> None:
    """Start one, and once more what is open already: refused, and by a signal."""
    name = f"{uuid4()}"
    handle = await client.start_workflow(Sleeper.run, id=name, task_queue=QUEUE)
    await handle.signal(Sleeper.poke)
    await handle.query(Sleeper.dreams)
    await handle.execute_update(Sleeper.turn_over)
    await client.start_workflow(Sleeper.run, id=name, task_queue=QUEUE, start_signal="poke")
    try:
        await client.start_workflow(Sleeper.run, id=name, task_queue=QUEUE)
    except WorkflowAlreadyStartedError:
        return
    raise AssertionError("it was not refused")


async def cancel(client: Client) -> None:
    """Start one, and ask it to end."""
    handle = await client.start_workflow(Sleeper.run, id=f"{uuid4()}", task_queue=QUEUE)
    await handle.cancel()
    try:
        await handle.result()
    except WorkflowFailureError:
        return
    raise AssertionError("it was not canceled")


async def get_stuck(client: Client) -> None:
    """Start one that can't go on, and wait until its first task was tried three times."""
    handle = await client.start_workflow(Stuck.run, id=f"{uuid4()}", task_queue=QUEUE)
    while (await handle.describe()).raw_description.pending_workflow_task.attempt <= 2:
        await asyncio.sleep(0.5)


async def reset(client: Client) -> None:
    """Let a finished workflow run once more from its first workflow task on."""
    run = WorkflowExecution(workflow_id=f"{uuid4()}")
    await client.execute_workflow(Simple.run, id=run.workflow_id, task_queue=QUEUE)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=run,
            workflow_task_finish_event_id=3,
            request_id=f"{uuid4()}",
        )
    )
    await client.get_workflow_handle(run.workflow_id).result()


async def terminate_by_batch(client: Client) -> None:
    """Start one and end it by a batch, for which the server has a workflow of its own."""
    handle = await client.start_workflow(Sleeper.run, id=f"{uuid4()}", task_queue=QUEUE)
    await client.workflow_service.start_batch_operation(
        StartBatchOperationRequest(
            namespace=client.namespace,
            job_id=f"{uuid4()}",
            reason="a test",
            executions=[WorkflowExecution(workflow_id=handle.id)],
            termination_operation=BatchOperationTermination(),
        )
    )
    try:
        await handle.result()
    except WorkflowFailureError:
        return
    raise AssertionError("it was not terminated")


async def make_a_schedule(client: Client) -> None:
    """Make one that never runs, and the same again, which is refused."""
    action = ScheduleActionStartWorkflow(Simple.run, id="scheduled", task_queue=QUEUE)
    schedule = Schedule(action=action, spec=ScheduleSpec(), state=ScheduleState(paused=True))
    name = f"{uuid4()}"
    await client.create_schedule(name, schedule)
    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        return
    raise AssertionError("it was not refused")


async def main() -> None:
    async with (
        worker_client("dashboards") as client,
        Worker(
            client,
            task_queue=QUEUE,
            workflows=[*WORKFLOWS, *NEVER_ENDS],
            activities=[work],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ),
    ):
        await run_to_their_ends(client)
        await leave_one_open(client)
        await cancel(client)
        await get_stuck(client)
        await reset(client)
        await terminate_by_batch(client)
        await make_a_schedule(client)
        DONE.touch()
        while not MAY_END.exists():
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
    # All is done, and yet a process that had a worker crashes on its way out about every third
    # time (SDK 1.35.0 on Python 3.13.5, exit code 139). This way out does not.
    os._exit(0)
