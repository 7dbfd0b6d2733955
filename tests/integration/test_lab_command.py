"""The `lab` command in a real workspace's terminal: help in steps, completion, colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.workspace import COURSE, ROOT, Workspace, temporal, until, workspace_on

LAB = f"{COURSE}/d1l1_hello_workflow"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        yield workspace


def test_a_key_press_completes_in_a_terminal(workspace: Workspace) -> None:
    asked = "_comp_load lab; COMP_WORDS=(lab so); COMP_CWORD=1; _lab; echo ${COMPREPLY[*]}"
    code, said = workspace.exec("bash", "-lic", asked)
    assert code == 0
    assert said.splitlines()[-1] == "solution"


def test_colours_are_for_terminals(workspace: Workspace) -> None:
    terminal = "TERM=xterm script -qec 'lab list' /dev/null"
    assert "\033[1mD1L1\033[0m" in workspace.sh(terminal)
    assert "\033" not in workspace.sh("lab list")
    assert "\033" not in workspace.sh(f"NO_COLOR=1 {terminal}")


def test_the_solution_beside_the_attendees_files_runs(workspace: Workspace) -> None:
    workspace.sh(f"echo '# mine' >> {LAB}/workflows.py")
    said = workspace.sh("lab solution D1L1")
    assert "\n-# mine\n" in said
    assert "\n+        await workflow.sleep(order.pause_seconds)\n" in said
    assert workspace.sh(f"tail -1 {LAB}/workflows.py").strip() == "# mine"
    workspace.begin(f"python {LAB}/solution/worker.py", "solution.log")
    until(
        lambda: "Process " in workspace.log("solution.log"),
        "it polls",
        lambda: workspace.log("solution.log"),
    )
    assert "is confirmed" in workspace.sh("lab run D1L1 --seconds 1")
    assert "2 goals" in workspace.sh("lab check D1L1")
    workspace.sh("lab kill")


def test_a_reset_keeps_what_the_attendee_had(workspace: Workspace) -> None:
    workspace.sh(f"echo '# mine too' >> {LAB}/worker.py")
    said = workspace.sh("lab reset D1L1")
    assert "What you had is in ~/course/d1l1_hello_workflow/kept/" in said
    assert workspace.sh(f"tail -qn1 {LAB}/kept/*/worker.py").strip() == "# mine too"
    assert "# mine" not in workspace.sh(f"cat {LAB}/*.py")
    assert workspace.sh("lab hint D1L1 2").startswith("TODO 2 in workflows.py\n")
