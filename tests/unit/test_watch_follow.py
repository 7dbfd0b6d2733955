"""Rounds of following: every seat has its turn, nobody's trouble is another's, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.outside import Seat as Recorded
from tests.outside import recorded

from classroom.engine.state import StateFolder
from classroom.errors import PortalError
from classroom.probe.planned import STRANGER
from classroom.probe.target import Frontdoor, Seat
from classroom.spec.model import ClassFile, Ports
from classroom.watch import follow as module
from classroom.watch import progress
from classroom.watch.follow import Follow
from classroom.watch.known import Known
from labkit.running import RunningWorker

NAMES = ("seat-01", "seat-02", "seat-03")


@dataclass
class Portal:
    """Takes what it is told, as long as it answers."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    async def post_progress(self, document: str) -> None:
        if self.away:
            raise PortalError("the portal does not answer")
        self.messages.append(json.loads(document))

    def results(self) -> dict[tuple[str, str, str], str]:
        return {
            (one["seat"], one["lab"], one["goal"]): one["state"]
            for message in self.messages
            for one in message["results"]
        }


class Broken(Recorded):
    """A seat that confuses who asks it."""

    async def listed(self, query: str, most: int) -> list[Any]:
        raise RuntimeError("nobody thought of that")


class Slow(Recorded):
    """A seat that never answers."""

    async def listed(self, query: str, most: int) -> list[Any]:
        await asyncio.sleep(3600)
        raise AssertionError


@dataclass
class Room:
    follow: Follow
    portal: Portal
    known: Known
    seats: dict[str, Recorded]

    def round(self) -> None:
        asyncio.run(self.follow.once())


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Three seats, of which the first has done its first lab."""
    seats = {name: Recorded() for name in NAMES}
    seats["seat-01"].executions = [recorded("D1L1", "survived")]

    @asynccontextmanager
    async def wire(_: Frontdoor, keys: Mapping[str, object]) -> AsyncIterator[None]:
        del keys
        yield None

    monkeypatch.setattr(module, "wire", wire)
    monkeypatch.setattr(module, "Outside", lambda _, host: seats[host])
    portal = Portal()
    known = Known(
        class_file=ClassFile(),
        file=tmp_path / "july.yml",
        state=StateFolder(tmp_path, "july"),
        quota=1,
        door=Frontdoor("127.0.0.1", Ports(), "localhost"),
        keys=STRANGER,
        seats=[Seat(name, name) for name in NAMES],
    )
    found = Follow(known, portal, logging.getLogger("test"))  # type: ignore[arg-type]
    return Room(found, portal, known, seats)


def test_every_goal_of_every_seat_is_told_once(room: Room) -> None:
    room.round()
    told = room.portal.results()
    assert {seat for seat, _, _ in told} == set(NAMES)
    assert {goal for goal, state in told.items() if state == "done"} == {
        ("seat-01", "D1L1", "pause"),
        ("seat-01", "D1L1", "restart"),
    }
    assert {seat: at["lab"] for seat, at in room.portal.messages[-1]["seats"].items()} == {
        "seat-01": "D1L1",
        "seat-02": "",
        "seat-03": "",
    }
    room.portal.messages.clear()
    room.round()
    assert [message["results"] for message in room.portal.messages] == [[]]


def test_a_large_room_is_told_in_several_messages(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("follow", "progress"):
        monkeypatch.setattr({"follow": module, "progress": progress}[name], "MOST_RESULTS", 20)
    room.round()
    sizes = [len(message["results"]) for message in room.portal.messages]
    assert sizes[:-1] == [20] * (len(sizes) - 1)
    assert sum(sizes) == len(room.portal.results())


def test_what_a_portal_that_was_away_missed_it_is_told_when_it_is_back(room: Room) -> None:
    room.portal.away = True
    room.round()
    room.portal.away = False
    room.round()
    assert room.portal.results()["seat-01", "D1L1", "pause"] == "done"


@pytest.mark.parametrize("bad", [Broken(), Slow(), Recorded(silent=True)])
def test_one_seats_trouble_is_no_others(
    room: Room, bad: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "SEAT_SECONDS", 2.0)
    caplog.set_level(logging.INFO)
    room.seats["seat-02"] = bad
    room.round()
    assert {seat for seat, _, _ in room.portal.results()} == {"seat-01", "seat-03"}
    room.round()
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if line.startswith("progress of seat-02: it can't")]) == 1


def test_what_is_known_of_a_seat_stays_while_it_is_silent(room: Room) -> None:
    room.round()
    room.seats["seat-01"].silent = True
    room.portal.messages.clear()
    room.round()
    assert room.portal.results() == {}
    assert room.portal.messages[-1]["seats"]["seat-01"]["lab"] == "D1L1"


def test_a_seat_that_is_gone_is_told_of_no_more(room: Room) -> None:
    room.round()
    room.known.seats = room.known.seats[1:]
    room.round()
    assert set(room.portal.messages[-1]["seats"]) == {"seat-02", "seat-03"}


def test_what_stands_still_is_told_when_it_lasts(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its worker is on a queue that is nearly the right one: no lab means that.
    seat = room.seats["seat-02"]
    seat.executions = [recorded("D1L1", "fired-alone")]
    seat.running = [RunningWorker("", 0, 0, 0, queue="d1l1_order", workflows=True)]
    room.round()
    assert room.portal.messages[-1]["seats"]["seat-02"]["stuck"] == []
    monkeypatch.setattr(progress, "LASTING_SECONDS", 0.0)
    room.round()
    (stuck,) = room.portal.messages[-1]["seats"]["seat-02"]["stuck"]
    assert "A worker listens on d1l1_order." in stuck["because"]
