"""What the tests in the labs' folders share: one server and one workspace for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import find_lab
from tests.stage import Stage
from tests.workspace import ROOT, Workspace, temporal, workspace_on


@pytest.fixture(scope="session")
def images() -> Images:
    """Give the images."""
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="session")
def workspace(images: Images) -> Iterator[Workspace]:
    """Give a workspace beside a server; labs don't meet there, each test has its own namespace."""
    with temporal(images) as (network, server), workspace_on(network, server, images) as workspace:
        yield workspace


@pytest.fixture
def stage(workspace: Workspace, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give the lab that the test's module calls LAB a stage of its own."""
    stage = Stage(workspace, find_lab(ROOT / "labs", request.module.LAB))
    stage.make_namespace()
    try:
        yield stage
    finally:
        stage.kill()
