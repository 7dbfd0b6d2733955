"""What a workspace tells of the server's API, beside what really waits there.

The tests share one workspace and build on each other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.checking.metrics import Sample, samples
from tests.workspace import ROOT, Workspace, temporal, until, workspace_on

PAGE = "api/waiting"
PROMETHEUS_WAITS_SECONDS = 5.0

Told = dict[tuple[str, ...], float]
"""A metric's name without `classroom_`, then its queue and type of tasks, if any -> value."""


@pytest.fixture(scope="module")
def tags() -> Images:
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="module")
def workspace(tags: Images) -> Iterator[Workspace]:
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        yield workspace


def told(workspace: Workspace) -> Told:
    """Return what the page says now; nothing while the server is silent."""
    try:
        answer = workspace.get(PAGE)
    except httpx.TransportError:
        return {}
    found = samples(answer.text) if answer.is_success else ()
    return {
        (sample.name.removeprefix("classroom_"), *_queue(sample)): sample.value for sample in found
    }


def _queue(sample: Sample) -> list[str]:
    return [sample.labels[name] for name in ("taskqueue", "task_type") if name in sample.labels]


def becomes(workspace: Workspace, **expected: float) -> None:
    """Wait until metrics without a queue have these values."""

    def they_are() -> bool:
        now = told(workspace)
        return all(now.get((name,)) == value for name, value in expected.items())

    until(they_are, f"{expected}", lambda: told(workspace))


def test_where_nothing_is_open_it_says_0_and_speaks_of_no_queue(workspace: Workspace) -> None:
    becomes(workspace, workflows_running=0)
    nothing = {"workflows_running": 0.0, "workflows_stuck": 0.0, "workflows_looked_at": 0.0}
    assert told(workspace) == {(name,): value for name, value in nothing.items()}


def test_what_waits_for_nobody_is_known_also_when_the_server_has_forgotten_the_queue(
    workspace: Workspace,
) -> None:
    workspace.sh("temporal workflow start --type Order --task-queue nobody-yet")
    becomes(workspace, workflows_running=1, workflows_looked_at=1)

    # After a restart the server has no queue in mind, as some minutes after its last use.
    workspace.server.restart(timeout=5)
    page = "curl -s temporal:9233/metrics"
    until(lambda: "num_goroutines" in workspace.sh(page, expect=None), "it answers", lambda: "")
    backlog = f"{page} | grep ^approximate_backlog_count | grep nobody_yet | grep -v ' 0$' || true"
    assert workspace.sh(backlog) == ""

    queue = ("nobody-yet", "Workflow")
    until(lambda: told(workspace), "the API answers", lambda: workspace.get(PAGE).text)
    now = told(workspace)
    # One waits. The server guesses: what it was at when it ended, it may put into the queue again.
    assert 1 <= now["task_queue_backlog", *queue] <= 2
    assert now["task_queue_backlog_age_seconds", *queue] > 0
    assert now["task_queue_pollers", *queue] == 0


def test_a_workflow_that_its_worker_does_not_know_is_stuck_and_its_queue_is_polled(
    workspace: Workspace,
) -> None:
    workspace.sh("temporal workflow start --type Unheard --task-queue welcome")
    becomes(workspace, workflows_running=2, workflows_stuck=1, workflows_looked_at=2)
    assert told(workspace)["task_queue_pollers", "welcome", "Workflow"] >= 1


def test_an_activity_that_nobody_takes_waits_on_its_own_queue(workspace: Workspace) -> None:
    workspace.sh(f"python - <<'END'\n{ASKS_FOR_PACKING}\nEND")
    waits = ("packing", "Activity")
    until(
        lambda: told(workspace).get(("task_queue_backlog", *waits)) == 1,
        "the activity waits",
        lambda: told(workspace),
    )
    assert told(workspace)["task_queue_pollers", *waits] == 0


ASKS_FOR_PACKING = """
import asyncio
import os
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

@workflow.defn
class Packing:
    @workflow.run
    async def run(self) -> None:
        hour = timedelta(hours=1)
        await workflow.execute_activity("pack", task_queue="packing", start_to_close_timeout=hour)

async def main() -> None:
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue="shop", workflows=[Packing], workflow_runner=runner):
        handle = await client.start_workflow(Packing.run, id="packing", task_queue="shop")
        while not (await handle.describe()).raw_description.pending_activities:
            await asyncio.sleep(0.1)

asyncio.run(main())
os._exit(0)  # a process that had a worker crashes on its way out now and then
"""


def test_promtool_finds_no_fault_with_the_page(workspace: Workspace) -> None:
    page = f"http://localhost:8888/workspace/{PAGE}"
    assert workspace.sh(f"set -o pipefail; curl -sf {page} | promtool check metrics 2>&1") == ""


def test_while_the_server_is_silent_the_page_is_an_error_and_no_number(
    workspace: Workspace,
) -> None:
    workspace.server.pause()
    try:
        began = time.monotonic()
        answer = workspace.get(PAGE)
        assert time.monotonic() - began < PROMETHEUS_WAITS_SECONDS
    finally:
        workspace.server.unpause()
    assert answer.status_code == 503
    assert answer.text == "The Temporal server could not be asked: it took longer than 4 s.\n"
    becomes(workspace, workflows_running=3)
