"""Each lab's solution, played as `make verify DEEP=yes` has a seat play it, reaches its goals."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import all_labs
from tests.workspace import ROOT, Workspace, temporal, workspace_on


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    with temporal(tags) as (network, server), workspace_on(network, server, tags) as workspace:
        yield workspace


@pytest.mark.parametrize("lab", [lab.id for lab in all_labs(ROOT / "labs") if not lab.example])
def test_a_lab_is_played_to_its_goals(workspace: Workspace, lab: str) -> None:
    said = workspace.sh(f"python -P -m labkit.playing {lab}", expect=None)
    (told,) = [event for event in map(json.loads, said.splitlines()) if "lab" in event]
    assert (told["lab"], told["wrong"]) == (lab, ""), said
