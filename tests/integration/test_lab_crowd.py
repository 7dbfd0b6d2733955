"""A thousand workflows of a loop, and more than anybody looks at: what is said stays clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.checking.reading import CROWDED
from labkit.checking.remembering import FILE
from labkit.labs import find_lab
from tests.stage import Stage
from tests.workspace import COURSE, ROOT, temporal, workspace_on

MANY = 1_300
"""More than check and the console look through, and more than the server lists at a time."""
LOOP = f"""
import asyncio
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
async def main():
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    for begin in range(0, {MANY}, 100):
        await asyncio.gather(*(
            client.start_workflow("OrderWorkflow", id=f"loop-{{n}}", task_queue="d1l1_orders")
            for n in range(begin, begin + 100)))
asyncio.run(main())
import os; os._exit(0)
"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        found = Stage(workspace, find_lab(ROOT / "labs", "D1L1"))
        found.make_namespace()
        found.install()
        yield found
        found.kill()


def test_a_crowd_is_looked_through_and_ended_and_what_was_done_stays_done(
    stage: Stage,
) -> None:
    stage.worker()
    stage.survive_a_kill()
    before = {goal: found["evidence"] for goal, found in stage.check().items()}
    assert None not in before.values()
    stage.kill()

    stage.workspace.write("loop.py", LOOP)
    stage.sh(f"python {COURSE}/loop.py")
    assert f"{MANY:,} workflows are running" in stage.sh("lab doctor")

    # Who looks for the first time can't know what the older ones prove.
    stage.sh(f"mv ~/{FILE} ~/aside.json")
    for found in stage.check().values():
        assert found["state"] == "unknown"
        assert found["because"].startswith(CROWDED)
    assert "0 of 2 goals of D1L1 are reached" in stage.sh("lab end D1L1", expect=1)
    stage.sh(f"mv ~/aside.json ~/{FILE}")

    offered = stage.sh("lab check D1L1")
    assert "2 of 2 goals reached." in offered
    assert f"and {MANY - 5:,} more." in offered
    assert {goal: found["evidence"] for goal, found in stage.check().items()} == before

    said = stage.sh("lab end D1L1")
    assert f"and {MANY - 5:,} more." in said
    assert "Something goes on" not in said
    assert "Total: 0" in stage.sh("temporal workflow count --query 'ExecutionStatus=\"Running\"'")
    assert set(stage.states().values()) == {"done"}
