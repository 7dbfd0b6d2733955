"""The room that the tests share, and the world around it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.conftest import Room
from tests.security.elsewhere import elsewhere
from tests.security.rooms import bring_up, given_room, new_room


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() != 0:
        for item in items:
            if item.nodeid.startswith("tests/security/"):
                item.add_marker(pytest.mark.skip(reason="iptables and namespaces need root"))


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    given = given_room()
    if given is not None:
        yield given
        return
    made = new_room("cwt-secure", tmp_path_factory.mktemp("cwt-secure"))
    try:
        bring_up(made)
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="session")
def outside() -> Iterator[None]:
    with elsewhere():
        yield
