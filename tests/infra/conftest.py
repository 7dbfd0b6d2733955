"""Lays the tests out over the live classroom's seats and components, and looks into each once.

Only `make verify` runs this suite: it names the class file in the environment. Anybody else's
pytest finds no tests here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import testinfra  # type: ignore[import-untyped]  # it ships no types
from requests import RequestException
from testinfra.host import Host  # type: ignore[import-untyped]  # it ships no types

from classroom.engine import client as engine
from classroom.engine.planning import Request
from classroom.errors import ClassroomError, EngineError
from tests.infra.engine_backend import EngineBackend
from tests.infra.inside import Inside
from tests.infra.live import Classroom, Component, Inspection, look
from tests.infra.questions import UnansweredError, ask, questions

AT_ONCE = 4
"""Containers looked into at the same time."""

collect_ignore_glob = [] if "CLASSROOM_FILE" in os.environ else ["test_*.py"]

_CLASSROOM = pytest.StashKey[Classroom]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(*components): run for these components alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    classroom = _classroom(metafunc.config)
    if "component" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        chosen = [c for c in classroom.components if only is None or c.name in only.args]
        metafunc.parametrize("component", chosen, ids=[c.id for c in chosen])
    if "stack" in metafunc.fixturenames:
        metafunc.parametrize("stack", classroom.stacks)


def _classroom(config: pytest.Config) -> Classroom:
    if _CLASSROOM not in config.stash:
        try:
            config.stash[_CLASSROOM] = look(Request.from_environment())
        except ClassroomError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_CLASSROOM]


@pytest.fixture(scope="session")
def classroom(request: pytest.FixtureRequest) -> Classroom:
    return _classroom(request.config)


@pytest.fixture(scope="session")
def machine() -> Host:
    return testinfra.get_host("local://")


@pytest.fixture
def container(component: Component) -> Inspection:
    if component.container is None:
        pytest.skip("there is no container: test_running says so")
    return component.container


@pytest.fixture(scope="session")
def looks(classroom: Classroom) -> Mapping[str, Inside | str]:
    """What was seen in each container, by the component's id, or why nothing was."""
    components = classroom.components
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip([c.id for c in components], pool.map(_look, components), strict=True))


def _look(component: Component) -> Inside | str:
    if component.container is None:
        return "there is no container"
    host = Host(EngineBackend(component.container["Id"]))
    try:
        with engine.explained("look inside"):
            return Inside(ask(host, questions(component)))
    except (UnansweredError, EngineError, RequestException) as error:
        return str(error)


@pytest.fixture
def inside(component: Component, looks: Mapping[str, Inside | str]) -> Inside:
    seen = looks[component.id]
    if isinstance(seen, str):
        pytest.skip("nobody could look inside: test_running says why")
    return seen
