"""`lab check` offers to end what is left of a lab, and `lab end` does it, in a real workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import find_lab
from tests.stage import Stage
from tests.workspace import ROOT, Workspace, temporal, workspace_on


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        yield workspace


@pytest.fixture
def stage(workspace: Workspace) -> Iterator[Stage]:
    found = Stage(workspace, find_lab(ROOT / "labs", "D1L1"))
    found.make_namespace()
    found.install()
    yield found
    found.kill()


def test_what_is_left_is_offered_to_be_ended_and_what_it_proved_stays(stage: Stage) -> None:
    stage.worker()
    stage.run("--seconds 1")
    _, left = stage.start("--seconds 600")
    refused = stage.sh("lab end D1L1", expect=1)
    assert "1 of 2 goals of D1L1 are reached" in refused

    stage.survive_a_kill()
    offered = stage.sh("lab check D1L1")
    assert f"Still running, with nothing left to prove: {left}." in offered
    assert offered.endswith("lab end D1L1\n")
    before = stage.check()

    assert f"Ended: {left}." in stage.sh("lab end D1L1")
    assert stage.history(left)[-1] == "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"
    after = stage.check()
    assert {goal: found["state"] for goal, found in after.items()} == dict.fromkeys(before, "done")
    assert not re.search("lab end", stage.sh("lab check D1L1"))
    assert stage.sh("lab end D1L1") == "Nothing of D1L1 is running.\n"
