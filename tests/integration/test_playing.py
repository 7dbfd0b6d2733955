"""Labs are played in a real workspace, beside an attendee who is at work there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.workspace import ROOT, Workspace, temporal, until, workspace_on

Event = dict[str, Any]

PLAY = "cd /home/seat && python -P -m labkit.playing"
OTHER_LABS = "/tmp/labs"  # noqa: S108 - the container's own


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """Give a workspace whose attendee has a worker and an order that takes its time."""
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        workspace.install("D1L1", solution=True)
        workspace.start_worker()
        workspace.begin("lab run D1L1 --seconds 3600", "run.log")
        until(lambda: "Started" in workspace.log("run.log"), "an order", lambda: "")
        yield workspace


def played(said: str) -> list[Event]:
    """Return what was told; nothing else may be said."""
    return [json.loads(line) for line in said.splitlines()]


def wrong(events: list[Event]) -> dict[str, str]:
    return {event["lab"]: event["wrong"] for event in events if "lab" in event}


def namespaces(workspace: Workspace) -> list[str]:
    return re.findall(
        r"NamespaceInfo.Name +(\S+)", workspace.sh("temporal operator namespace list")
    )


def processes(workspace: Workspace) -> str:
    """Return how many programs of labs run."""
    return workspace.sh("pgrep -fc 'worker.py|starter.py'")


def everything(workspace: Workspace) -> dict[str, object]:
    """Return what an attendee could find changed."""
    files = "find /home/seat -type f -printf '%p %s %T@\\n' | grep -v /.cache/ | sort"
    return {
        "files": workspace.sh(files),
        "in /tmp": workspace.sh("ls -A /tmp"),
        "known to lab": workspace.sh("find /tmp/labkit -type f | sort"),
        "worker": workspace.state(),
        "ports": workspace.get("api/targets").json(),
        "workflows": workspace.sh("temporal workflow list -o json | jq -r '.[].execution.runId'"),
        "processes": processes(workspace),
        "namespaces": [name for name in namespaces(workspace) if "-deleted-" not in name],
    }


def test_labs_are_played_and_the_attendees_work_is_as_it_was(workspace: Workspace) -> None:
    before = everything(workspace)
    events = played(workspace.sh(f"{PLAY} D1L1 d2l5"))
    assert [*events[0]] == ["pid"]
    assert [event["begins"] for event in events if "begins" in event] == ["D1L1", "D2L5"]
    assert wrong(events) == {"D1L1": "", "D2L5": ""}
    assert everything(workspace) == before


def test_a_lab_that_does_not_do_what_it_should_is_told_by_its_goal(workspace: Workspace) -> None:
    before = everything(workspace)
    workspace.sh(
        f"cp -r /opt/workspace/labs {OTHER_LABS} && cd {OTHER_LABS}"
        " && sed -i 's/await workflow.sleep(.*)/pass/' d1l1_hello_workflow/workflows.py"
        " && sed -i '1i import nothing_of_that_name' d1l2_activities_task_queues/activities.py"
    )
    assert workspace.sh(f"grep -c '^ *pass' {OTHER_LABS}/d1l1_hello_workflow/workflows.py") == "1\n"
    said = workspace.sh(f"export LABKIT_LABS={OTHER_LABS}; {PLAY} D1L1 D1L2 D1L4", expect=1)
    workspace.sh(f"rm -r {OTHER_LABS}")
    found = wrong(played(said))
    assert "did not say “Process ”" in found["D1L2"]
    assert "nothing_of_that_name" in found["D1L2"]
    assert found["D1L1"], "an order without a pause"
    assert found["D1L4"] == "", "one that fails keeps no other one from being played"
    assert everything(workspace) == before


def test_a_run_that_is_ended_leaves_nothing_and_a_killed_one_is_cleared_away(
    workspace: Workspace,
) -> None:
    before = everything(workspace)
    workspace.begin(f"bash -c '{PLAY} D1L1'", "ended.log")
    until(lambda: "begins" in workspace.log("ended.log"), "it plays", lambda: "")
    workspace.sh(f"kill -INT {played(workspace.log('ended.log'))[0]['pid']}")
    until(lambda: "trouble" in workspace.log("ended.log"), "it ends", lambda: "")
    until(lambda: everything(workspace) == before, "as before", lambda: everything(workspace))

    workspace.begin(f"bash -c '{PLAY} D1L1'", "killed.log")
    until(lambda: processes(workspace) != before["processes"], "it plays", lambda: "")
    workspace.sh(f"kill -KILL {played(workspace.log('killed.log'))[0]['pid']}")
    left = everything(workspace)
    for kind in ("processes", "namespaces", "in /tmp"):
        assert left[kind] != before[kind], kind
    assert wrong(played(workspace.sh(f"{PLAY} D1L4"))) == {"D1L4": ""}
    assert everything(workspace) == before


def test_without_a_server_it_says_so(workspace: Workspace) -> None:
    said = workspace.sh(f"export TEMPORAL_ADDRESS=localhost:1; {PLAY} D1L1", expect=1)
    (trouble,) = [event["trouble"] for event in played(said) if "trouble" in event]
    assert trouble.startswith("`temporal operator namespace list -o json` failed")
