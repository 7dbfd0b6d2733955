"""A seat's rules: tested by promtool on made-up numbers, and raised by what really happens."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from docker.models.containers import Container

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.beside import asked, prometheus_beside, series
from tests.workspace import COURSE, ROOT, Workspace, temporal, workspace_on

RULES = ROOT / "prometheus" / "seat.rules.yml"
TESTS = RULES.parent / "tests" / "seat.test.yml"
FOLDER = f"{COURSE}/rules"
SLOWEST_ALERT_SECONDS = 180.0
"""A look at the server's API, an evaluation, the minute for which it has to hold, and another one;
for a stuck workflow the server takes a minute of its own."""

ON_A_BUSY_MACHINE = {"TasksWait", "OrdersLate"}
"""These fire as well, rightly, where everything is slow."""

WRONG = [
    ("> 0.1", "> 0.04"),
    ("> 0.1", "> 0.6"),
    ("workflow_failed|workflow_timeout", "workflow_failed"),
    ("offset 5m == 0", "offset 5m == 7"),
    ("(taskqueue:workflows_ended:gained5m > 0)", "taskqueue:workflows_ended:gained5m"),
    (") * 0", ") * 1"),
    (">= 3", ">= 1"),
    ("> 0.2", "> 0.6"),
    ('=~"activity_task_fail|activity_task_timeout"', '="activity_task_timeout"'),
    ("p95_5m > 1", "p95_5m > 100"),
    ("0.95, sum", "0.5, sum"),
    ('{partition!="__sticky__"}', ""),
    ("(approximate_backlog_count) > 0", "(approximate_backlog_count) >= 0"),
    ("for: 30s", "for: 5m"),
    ("(classroom_task_queue_backlog) > 0", "(classroom_task_queue_backlog) > 3"),
    ("(classroom_task_queue_pollers) == 0", "(classroom_task_queue_pollers) >= 0"),
    ("(classroom_task_queue_backlog) >= 10", "(classroom_task_queue_backlog) > 10"),
    ("(classroom_task_queue_backlog) >= 10", "(classroom_task_queue_backlog) >= 9"),
    ("(classroom_task_queue_pollers) > 0", "(classroom_task_queue_pollers) >= 0"),
    ("max(classroom_workflows_stuck) > 0", "max(classroom_workflows_stuck) > 2"),
    ("max(classroom_workflows_stuck) > 0", "max(classroom_workflows_stuck) >= 0"),
    ('max(up{job="temporal-api"}) == 0', 'max(up{job="temporal-api"}) == 1'),
    ("for: 2m", "for: 0s"),
    ('up{job="worker"} == 0', 'up{job="worker"} == 1'),
    ("< 0.99", "< 0.8"),
    ("gained5m >= 10", "gained5m >= 1"),
    ('le="10.0"', 'le="10"'),
]


@pytest.fixture(scope="module")
def tags() -> Images:
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="module")
def workspace(tags: Images) -> Iterator[Workspace]:
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        workspace.sh(f"mkdir -p {FOLDER}/tests")
        workspace.write("rules/tests/seat.test.yml", TESTS.read_text())
        yield workspace


def tried(workspace: Workspace, rules: str) -> tuple[int, str]:
    """Return promtool's exit code and what it says of the rules' tests."""
    workspace.write(f"rules/{RULES.name}", rules)
    return workspace.exec("bash", "-lc", f"cd {FOLDER}/tests && promtool test rules *.yml 2>&1")


def test_each_alert_fires_when_it_should_and_else_does_not(workspace: Workspace) -> None:
    code, said = tried(workspace, RULES.read_text())
    assert code == 0, said
    assert "SUCCESS" in workspace.sh(f"promtool check rules --lint=all {FOLDER}/{RULES.name} 2>&1")


@pytest.mark.parametrize(("right", "wrong"), WRONG, ids=[wrong or right for right, wrong in WRONG])
def test_what_is_wrong_in_a_rule_is_noticed(right: str, wrong: str, workspace: Workspace) -> None:
    text = RULES.read_text()
    assert right in text
    code, said = tried(workspace, text.replace(right, wrong))
    assert code == 1
    assert "FAILED" in said


@pytest.fixture(scope="module")
def prometheus(workspace: Workspace, tags: Images) -> Iterator[Container]:
    with prometheus_beside(workspace, tags) as container:
        yield container


def firing(prometheus: Container) -> set[tuple[str, str]]:
    """Return which alerts fire, each with the queue that it is about."""
    found = series(prometheus, 'ALERTS{alertstate="firing"}')
    return {(one["metric"]["alertname"], one["metric"].get("taskqueue", "")) for one in found}


def all_fire(prometheus: Container, expected: set[tuple[str, str]]) -> None:
    """Wait until all of these fire, and see that none does that can't have a reason."""
    end = time.monotonic() + SLOWEST_ALERT_SECONDS
    while not expected <= (seen := firing(prometheus)):
        assert time.monotonic() < end, f"{seen} instead of {expected}"
        time.sleep(1)
    assert {alert for alert in seen - expected if alert[0] not in ON_A_BUSY_MACHINE} == set()


def test_what_really_happens_raises_the_alerts_that_it_should(
    workspace: Workspace, prometheus: Container
) -> None:
    assert firing(prometheus) == set()
    workspace.sh(f"cat > {COURSE}/trouble.py <<'END'\n{TROUBLE}\nEND")
    assert "all is done" in workspace.sh(f"python {COURSE}/trouble.py 2>&1")
    workspace.sh("temporal workflow start --type Order --task-queue nobody")
    workspace.sh(f"kill -KILL {workspace.welcome_pid()}")
    all_fire(
        prometheus,
        {
            ("WorkflowsFail", "failing"),
            ("ActivitiesRetry", "retrying"),
            ("TasksWait", "waiting"),
            ("OrdersLate", "late"),
            ("NobodyPolls", "nobody"),
            # The worker that broke it is gone, and its next attempt waits for another.
            ("NobodyPolls", "broken"),
            ("WorkflowsStuck", ""),
            ("WorkerDown", ""),
        },
    )
    ended = 'taskqueue:workflows_ended:gained5m{taskqueue="fine"}'
    assert asked(prometheus, ended) == [20.0]


TROUBLE = """
import asyncio
import os
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

TWO_SCRAPES = 35

@activity.defn
async def charge(failures: int) -> None:
    if activity.info().attempt <= failures:
        raise RuntimeError("not yet")

@workflow.defn
class Order:
    @workflow.run
    async def run(self, what: str) -> None:
        if what == "broken":
            raise RuntimeError("a bug")
        if what == "failing":
            raise ApplicationError("no")
        if what == "late":
            await asyncio.sleep(12)
        await workflow.execute_activity(
            charge,
            3 if what == "retrying" else 0,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
        )

async def order(client: Client, queue: str, times: int) -> None:
    begun = [
        await client.start_workflow(Order.run, queue, id=f"{uuid4()}", task_queue=queue)
        for _ in range(times)
    ]
    for handle in begun:
        try:
            await handle.result()
        except WorkflowFailureError:
            assert queue == "failing"

def worker(client: Client, queue: str) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=[Order],
        activities=[charge],
        workflow_runner=UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )

async def get_stuck(client: Client) -> None:
    handle = await client.start_workflow(Order.run, "broken", id="stuck", task_queue="broken")
    problems = "TemporalReportedProblems IS NOT NULL"
    while not (await client.count_workflows(problems)).count:
        await asyncio.sleep(1)

async def main() -> None:
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    async with worker(client, "broken"):
        await get_stuck(client)
    async with worker(client, "waiting"):
        await order(client, "waiting", 1)
    # The queue is known by now, so that its next tasks have something to be compared with.
    await asyncio.sleep(TWO_SCRAPES)
    waiting = asyncio.create_task(order(client, "waiting", 8))
    async with AsyncExitStack() as workers:
        for queue in ("fine", "failing", "retrying", "late"):
            await workers.enter_async_context(worker(client, queue))
        await asyncio.gather(
            order(client, "fine", 20),
            order(client, "failing", 3),
            order(client, "retrying", 2),
            order(client, "late", 10),
        )
        async with worker(client, "waiting"):
            await waiting

asyncio.run(main())
print("all is done", flush=True)
os._exit(0)  # a process that had a worker crashes on its way out now and then
"""
