"""`make verify DEEP=yes` in a real classroom: labs played, one seat out of order."""

from __future__ import annotations

import signal
import time

import pytest

from tests.integration.conftest import Room, RoomFactory

LABS = "D1L1,D1L4"


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Room:
    found = make_room("cwt-deep", "10.247.0.0/16", seats=2)
    found.run("provision")
    found.unwatch()
    return found


def test_all_seats_play_and_are_as_they_were(room: Room) -> None:
    before = room.ids()
    said = room.run("verify", "--deep", "--labs", LABS)
    assert "2 seats play 2 labs" in said
    for seat in ("seat-01", "seat-02"):
        for lab in LABS.split(","):
            assert f"{seat}  {lab}  ok" in said
    assert said.endswith("4 of 4 as they should be, in 2 seats\n")
    assert room.ids() == before
    assert room.json("health")["good"] is True
    assert (
        room.exec("seat-01", "workspace", "sh", "-c", "ls -A /tmp").count("classroom-verify-") == 0
    )


def test_who_asks_for_what_is_not_there_is_told_what_is(room: Room) -> None:
    assert "there is no lab D9L9" in room.run("verify", "--deep", "--labs", "D9L9", expect=2)
    assert "there is no seat-09" in room.run("verify", "--deep", "--only", "seat-09", expect=2)
    assert "add DEEP=yes" in room.run("verify", "--labs", "D1L1", expect=2)


def test_ctrl_c_ends_what_is_played_and_leaves_nothing_behind(room: Room) -> None:
    with room.start("verify", "--deep", "--only", "seat-01", "--labs", "D1L1,D2L5") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "D1L1  ok" in line:
                break
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    assert process.returncode == 130, said
    assert "leaves the seats as they were" in said
    assert time.monotonic() - began < 60
    assert (
        room.exec("seat-01", "workspace", "sh", "-c", "ls -A /tmp").count("classroom-verify-") == 0
    )


def test_a_seat_that_can_not_play_is_named_with_its_fix(room: Room) -> None:
    room.client.stop(f"{room.name}-seat-02-workspace", timeout=2)
    said = room.run("verify", "--deep", "--labs", "D1L4", expect=1)
    assert "seat-01  D1L4  ok" in said
    assert "seat-02  labs  FAILED: could not play the labs:" in said
    assert "seat-02: labs failed\n  -> `make provision SEATS=seat-02`" in said
    assert "1 of 2 as they should be, in 2 seats" in said
