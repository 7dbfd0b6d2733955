"""The watchdog over volumes: what has filled its own is stopped, its files intact (11)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.conftest import Room
from tests.security.door import awake

PATIENCE_SECONDS = 60


@contextmanager
def watched(room: Room, quota: int) -> Iterator[None]:
    """Have watch at work until the block ends, with so many GiB for each volume."""
    before = room.spec
    room.write(quota=quota)
    with room.start("watch") as watch:
        try:
            yield
        finally:
            room.unwatch()
            watch.communicate(timeout=PATIENCE_SECONDS)
            room.spec = before
            room.write()


@contextmanager
def filled(room: Room, component: str, file: str) -> Iterator[str]:
    """Fill a volume of seat-01 by over a gibibyte until the block ends; yield the container."""
    container = f"{room.name}-seat-01-{component}"
    room.exec("seat-01", component, "fallocate", "--length", "1100MiB", file)
    try:
        yield container
    finally:
        room.client.start(container)
        room.exec("seat-01", component, "rm", file)
        awake(room)


@pytest.mark.parametrize(
    ("component", "file"), [("workspace", "/home/seat/fill"), ("temporal", "/data/fill")]
)
def test_what_has_filled_its_volume_is_stopped(room: Room, component: str, file: str) -> None:
    def runs(name: str) -> bool:
        return bool(room.client.inspect_container(name)["State"]["Running"])

    with filled(room, component, file) as container, watched(room, quota=1):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while runs(container):
            if time.monotonic() > deadline:
                pytest.fail(f"seat-01's {component} runs on with 1.1 of 1 GiB", pytrace=False)
            time.sleep(0.5)
        assert runs(f"{room.name}-seat-02-{component}"), "its sibling was stopped as well"
