"""Orders as they come in: before watch has looked, while the engine fails, twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from classroom.engine.state import StateFolder
from classroom.errors import EngineError
from classroom.probe.planned import STRANGER
from classroom.probe.target import Frontdoor, Seat
from classroom.spec.model import ClassFile, Ports
from classroom.watch import obey
from classroom.watch.channel import Channel
from classroom.watch.hands import Hands
from classroom.watch.known import Known
from classroom.watch.obey import Obey

DOOR = Frontdoor("127.0.0.1", Ports(), "localhost")
Answered = dict[str, tuple[bool, str]]


class Portal(Channel):
    """Has some orders waiting, and keeps the answers."""

    def __init__(self, *waiting: tuple[str, str, str]) -> None:
        super().__init__(DOOR)
        self.waiting: list[object] = [
            {"id": verb, "verb": verb, "seat": seat, "component": component}
            for verb, seat, component in waiting
        ]
        self.answered: Answered = {}
        self.all_answered = asyncio.Event()
        self._open = len(waiting)

    async def orders(self) -> list[object]:
        found, self.waiting = self.waiting, []
        return found

    async def answer(self, order: str, *, ok: bool, detail: str) -> None:
        self.answered[order] = ok, detail
        if len(self.answered) == self._open:
            self.all_answered.set()


@dataclass(frozen=True)
class Machine(Hands):
    """Says that it was done, after some cuts in vain."""

    in_vain: list[EngineError]

    def cut(self, seat: str) -> str:
        if self.in_vain:
            raise self.in_vain.pop()
        return f"cut {seat}"

    def restart(self, seat: str, component: str) -> str:
        return f"restarted {component} of {seat}"


def machine(folder: Path, *, in_vain: int = 0) -> Machine:
    return Machine("c", StateFolder(folder, "c"), [EngineError("no network")] * in_vain)


def known(folder: Path) -> Known:
    """What watch knows in its first moment: no seat."""
    return Known(ClassFile(), folder / "july.yml", StateFolder(folder, "c"), 1, DOOR, STRANGER)


def look(found: Known) -> None:
    """Be the first pass."""
    found.seats = [Seat("seat-07", "s07.localhost", ("temporal",))]
    found.looked.set()


def obeyed(
    found: Known,
    hands: Machine,
    *waiting: tuple[str, str, str],
    meanwhile: Callable[[Portal], Awaitable[None]] | None = None,
) -> Answered:
    """Return how the orders were answered that were waiting when watch began."""

    async def run() -> Answered:
        portal = Portal(*waiting)
        task = asyncio.create_task(Obey(found, hands, portal, logging.getLogger("test")).run())
        if meanwhile is not None:
            await meanwhile(portal)
        await asyncio.wait_for(portal.all_answered.wait(), 5)
        task.cancel()
        return portal.answered

    return asyncio.run(run())


def test_a_cut_that_was_waiting_is_done_before_watch_has_seen_any_seat(tmp_path: Path) -> None:
    answered = obeyed(known(tmp_path), machine(tmp_path), ("cut", "seat-07", ""))
    assert answered == {"cut": (True, "cut seat-07")}


def test_other_orders_wait_for_the_first_look(tmp_path: Path) -> None:
    found = known(tmp_path)

    async def look_later(portal: Portal) -> None:
        await asyncio.sleep(0.1)
        assert portal.answered == {}
        look(found)

    waiting = (("restart", "seat-07", "temporal"), ("stop-workers", "seat-08", ""))
    answered = obeyed(found, machine(tmp_path), *waiting, meanwhile=look_later)
    assert answered == {
        "restart": (True, "restarted temporal of seat-07"),
        "stop-workers": (False, "no such seat: seat-08"),
    }


def test_nobody_waits_for_ever_for_a_first_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obey, "FIRST_LOOK_SECONDS", 0.05)
    ((ok, said),) = obeyed(
        known(tmp_path), machine(tmp_path), ("restart", "seat-07", "temporal")
    ).values()
    assert (ok, "has not seen the seats yet" in said) == (False, True)


def test_a_cut_is_tried_until_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obey, "PAUSE_SECONDS", 0.01)
    found = known(tmp_path)
    look(found)
    answered = obeyed(found, machine(tmp_path, in_vain=3), ("cut", "seat-07", ""))
    assert answered == {"cut": (True, "cut seat-07")}


def test_a_cut_that_cannot_be_done_is_answered_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obey, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(obey, "CUT_SECONDS", 0.1)
    found = known(tmp_path)
    look(found)
    answered = obeyed(found, machine(tmp_path, in_vain=1000), ("cut", "seat-07", ""))
    assert answered == {"cut": (False, "no network")}


def test_a_cut_of_a_seat_that_there_is_not_is_tried_once(tmp_path: Path) -> None:
    found = known(tmp_path)
    look(found)
    answered = obeyed(found, machine(tmp_path, in_vain=1), ("cut", "seat-99", ""))
    assert answered == {"cut": (False, "no network")}
