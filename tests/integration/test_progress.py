"""Progress in a real classroom: watch follows a seat, and its home shows how far it is."""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import docker
import httpx
import pytest

from classroom.cards.sheet import codes_in
from classroom.engine.state import StateFolder
from classroom.front import front, keys
from classroom.probe.wire import wire
from classroom.spec.load import load
from classroom.watch.follow import LABS
from classroom.watch.outside import Outside
from labkit.checking.declared import course
from labkit.checking.following import Following
from labkit.checking.goals import State
from labkit.doctor.outside import standing_still
from tests.integration.conftest import ROOT, Room, RoomFactory

T = TypeVar("T")

NAME, SEAT = "cwt-follow", "seat-01"
COURSE = course(LABS)
SOLUTION = "/home/seat/course/d1l1_hello_workflow/solution"
CODEC = "/home/seat/course/t9_payload_codec"
PAUSE = "An order pauses, and the server keeps the timer."
MANY, AT_A_TIME = 70, 9
RUNNING = 2
"""Orders that the tests before leave running."""


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room(NAME, "10.239.0.0/16", seats=1)
    room.run("provision")
    shell(room, "lab start D1L1 && lab solution D1L1")
    yield room
    room.run("teardown", "--no-collect", "--confirm")


def shell(room: Room, command: str) -> str:
    return room.exec(SEAT, "workspace", "bash", "-lc", command)


def begin(room: Room, command: str) -> None:
    """Start a program that goes on."""
    shell(room, f"cd {SOLUTION} && setsid {command} </dev/null >/tmp/log 2>&1 &")


def until(what: str, holds: Callable[[], object], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"waited {seconds} s for: {what}"
        time.sleep(0.5)


def outside(room: Room, ask: Callable[[Outside], Awaitable[T]]) -> T:
    """Ask something of the seat, from where watch does."""
    state = StateFolder(ROOT, NAME)
    opens = keys(state)
    door = front(load(room.file).class_file, docker.APIClient(version="1.41"), state)
    key = opens.probe(SEAT)
    assert key is not None

    async def asked() -> T:
        async with wire(door, {"s01.localhost": key}) as line:
            return await ask(Outside(line, "s01.localhost"))

    return asyncio.run(asked())


def host(room: Room) -> str:
    """Return the seat's address as a browser has it."""
    return f"s01.localhost:{room.ports['http']}"


def stranger(room: Room) -> httpx.Client:
    """Give a browser at the seat's front door whom nobody has let in."""
    headers = {"Host": host(room), "Accept": "text/html"}
    return httpx.Client(base_url=f"http://127.0.0.1:{room.ports['http']}", headers=headers)


@contextmanager
def attendee(room: Room) -> Iterator[httpx.Client]:
    """Give the browser of the seat's attendee."""
    code = codes_in((ROOT / "cards" / NAME / "cards.csv").read_text())[SEAT]
    with stranger(room) as device:
        claimed = device.post("/claim", data={"code": str(code), "name": "Ada"})
        assert (claimed.status_code, claimed.headers["location"]) == (303, "/")
        yield device


def home(room: Room) -> str:
    """Return the seat's home as its attendee reads it."""
    with attendee(room) as device:
        return html.unescape(device.get("/").raise_for_status().text)


async def standing(seat: Outside) -> list[str]:
    """Return what stands still, whatever the current lab may mean."""
    look = await Following(COURSE).look(seat)
    labs = [checked.lab for checked in COURSE]
    found = await standing_still(seat, look.running, labs, "", datetime.now(UTC))
    return [trouble.kind for trouble in found]


def test_what_an_attendee_reaches_is_in_their_home(room: Room) -> None:
    begin(room, "python worker.py")
    shell(room, f"cd {SOLUTION} && lab run D1L1 --seconds 1")
    until("the goal", lambda: "the server kept a timer of 1 s for it." in home(room), 60)
    assert PAUSE in home(room)
    assert "2 of 2" not in home(room)


def test_the_front_door_and_lab_check_come_to_the_same(room: Room) -> None:
    look = outside(room, Following(COURSE).look)
    assert look.lab == "D1L1"
    mine = {finding.goal.id: finding for finding in look.findings["D1L1"]}
    said = shell(room, "lab check D1L1 --json")
    for goal, finding in mine.items():
        told = finding.as_json(SEAT, "D1L1", "")
        (theirs,) = [line for line in said.splitlines() if f'"goal": "{goal}"' in line]
        assert f'"state": "{told["state"]}"' in theirs
        assert finding.because in theirs
    assert mine["pause"].state is State.DONE


def test_nobody_is_called_stuck_while_a_worker_polls_and_everybody_is_once_it_is_gone(
    room: Room,
) -> None:
    until(
        "Prometheus has found the worker",
        lambda: any(w.queue == "d1l1_orders" for w in outside(room, lambda seat: seat.workers())),
        60,
    )
    begin(room, "lab run D1L1 --seconds 600")
    time.sleep(3)
    assert outside(room, standing) == []
    shell(room, "lab kill")
    begin(room, "lab run D1L1 --seconds 600")
    until("what waits", lambda: outside(room, standing) == ["nobody_listens"], 60)


def test_a_later_round_over_seventy_seats_asks_for_what_has_changed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All seventy are this one, which answers ten listings a second: so nine at a time.

    How long rounds take is printed, for docs/benchmarks.md.
    """
    asked: Counter[str] = Counter()

    def counted(name: str) -> Callable[..., Awaitable[object]]:
        ask = getattr(Outside, name)

        async def asks(*words: object) -> object:
            asked[name] += 1
            return await ask(*words)

        return asks

    for name in ("listed", "described", "history"):
        monkeypatch.setattr(Outside, name, counted(name))

    async def rounds(seat: Outside) -> list[Counter[str]]:
        follows = [Following(COURSE) for _ in range(MANY)]
        found = []
        for number in (1, 2):
            asked.clear()
            seconds = 0.0
            for first in range(0, MANY, AT_A_TIME):
                began = time.monotonic()
                some = follows[first : first + AT_A_TIME]
                await asyncio.gather(*(follow.look(seat) for follow in some))
                seconds += time.monotonic() - began
                await asyncio.sleep(1.2)
            print(f"round {number} over {MANY} seats takes {seconds:.2f} s")
            found.append(asked.copy())
        return found

    first, later = outside(room, rounds)
    assert first["history"] > MANY, "there is more than what runs"
    assert later == {"listed": MANY, "described": MANY * RUNNING}


def test_the_codec_server_answers_the_seats_own_page_through_the_front_door(room: Room) -> None:
    """The UI in the attendee's browser asks it, under the seat's one name and login."""
    shell(room, f"lab start T9 && cd {CODEC} && python keys.py")
    begin(room, "lab worker T9")
    (order,) = re.findall(r"^Started +(\S+)", shell(room, "lab run T9"), re.MULTILINE)
    shown = json.loads(shell(room, f"temporal workflow show -w {order} -o json"))
    asked = shown["events"][0]["workflowExecutionStartedEventAttributes"]["input"]
    assert b"ada@example.com" not in b64decode(asked["payloads"][0]["data"])
    begin(room, f"env -C {CODEC} python codec_server.py")

    door, own = "/workspace/codec/decode", {"Origin": f"http://{host(room)}"}
    foreign = {"Origin": f"http://s02.localhost:{room.ports['http']}"}
    with attendee(room) as device:
        until(
            "the codec server",
            lambda: device.post(door, json=asked, headers=own).status_code == 200,
            30,
        )
        answer = device.post(door, json=asked, headers={**own, "X-Namespace": "default"})
        plain = b64decode(answer.raise_for_status().json()["payloads"][0]["data"])
        assert json.loads(plain)["email"] == "ada@example.com"
        assert device.post(door, json=asked, headers=foreign).status_code == 403
    with stranger(room) as device:
        assert device.post(door, json=asked, headers=own).status_code == 401
