"""What the tests in the labs' folders share: one server and one workspace for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from labkit.labs import find_lab
from tests.stage import Stage, never_said
from tests.workspace import ROOT, Workspace, temporal, workspace_on

SOON_AT_HOME = {"system.namespaceCacheRefreshInterval": '"1s"'}
"""What the server does by itself (schedules, batches, rollouts) begins in a namespace only when it
has heard of it. A seat's namespace is an old one; those of tests would wait for a minute."""


@pytest.fixture(scope="session")
def images() -> Images:
    """Give the images."""
    return ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)


@pytest.fixture(scope="session")
def workspace(images: Images) -> Iterator[Workspace]:
    """Give a workspace beside a server; labs don't meet there, each test has its own namespace."""
    with (
        temporal(images, SOON_AT_HOME) as (network, server),
        workspace_on(network, server, images) as workspace,
    ):
        yield workspace


@pytest.fixture(scope="module")
def said(request: pytest.FixtureRequest) -> Iterator[set[str]]:
    """Collect what a lab's programs say. Each line that its guide shows has to be among it.

    That can be told when all tests of the file that plays the lab have run, and went well.
    """
    failed_before = request.session.testsfailed
    said: set[str] = set()
    yield said
    lab = find_lab(ROOT / "labs", request.module.LAB)
    tests = {name for name in vars(request.module) if name.startswith("test_")}
    items = (item for item in request.session.items if isinstance(item, pytest.Function))
    ran = {item.originalname for item in items if item.path == request.path}
    plays_it_all = request.path.name == f"test_{lab.id.lower()}_live.py" and ran == tests
    if plays_it_all and request.session.testsfailed == failed_before:
        stale = "\n".join(never_said(lab, said))
        if stale:
            pytest.fail(f"the guide of {lab.id} shows what no program said:\n{stale}")


@pytest.fixture
def stage(workspace: Workspace, said: set[str], request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give the lab that the test's module calls LAB a stage of its own."""
    stage = Stage(workspace, find_lab(ROOT / "labs", request.module.LAB), said)
    stage.make_namespace()
    try:
        yield stage
    finally:
        stage.leave()
