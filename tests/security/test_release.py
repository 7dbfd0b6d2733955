"""A seat that is taken from somebody is closed to them at once, and no other seat is (16)."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from classroom.engine.lock import proving
from classroom.engine.state import StateFolder
from classroom.operator import Enrolled
from classroom.spec.codes import new_code
from classroom.spec.hashing import hashed
from classroom.watch import service
from tests.integration.conftest import ROOT, Room
from tests.integration.test_watch import ended, grpc_stream, websocket
from tests.security.asking import Question
from tests.security.door import (
    Guest,
    answers,
    guest,
    host,
    instructor,
    new_codes,
    operator,
    order,
    outside,
)
from tests.security.door import until as wait_until
from tests.security.test_containers import nothing_found

SEAT, SIBLING = "seat-01", "seat-02"
WITHIN_SECONDS = 5
COMPONENT = "/workspace/api/contents"

Ended = Callable[[float], bool]


@pytest.fixture
def guests(room: Room) -> dict[str, Guest]:
    return {seat: guest(room, seat, code) for seat, code in new_codes(room).items()}


@contextmanager
def watching(room: Room) -> Iterator[StateFolder]:
    """Have the room watched, from watch's first moment on: watch is what cuts."""
    state = StateFolder(ROOT, room.name)
    state.watch.unlink(missing_ok=True)
    with room.start("watch") as process:
        try:
            yield state
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)
    assert service.running(state) is None


@pytest.fixture
def watched(room: Room, guests: dict[str, Guest]) -> Iterator[None]:
    """Have the room watched, as provision leaves it."""
    with watching(room) as state:
        wait_until("a first pass", state.watch.exists)
        yield


def release(room: Room) -> None:
    """Press the console's button."""
    assert order(room, instructor(room), f"/seats/{SEAT}/release").is_success


def rotate(room: Room) -> None:
    """Give the seat another code, as `make cards ROTATE=yes SEATS=seat-01` does."""
    asked = operator(room)
    seats = {seat: Enrolled(known.attendee) for seat, known in asked.register().seats.items()}
    asked.enrol({**seats, SEAT: Enrolled("", hashed(str(new_code(1))))})


@contextmanager
def home(room: Room, who: Guest) -> Iterator[socket.socket]:
    """The page of a seat's home, as long as it is told what changes."""
    with socket.create_connection(("127.0.0.1", room.ports["http"]), timeout=5) as line:
        line.sendall(
            f"GET /home/events HTTP/1.1\r\nHost: {host(who.seat)}\r\n"
            f"Cookie: {who.cookie}\r\nConnection: close\r\n\r\n".encode()
        )
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
        yield line


@contextmanager
def everything_open(room: Room, who: Guest) -> Iterator[dict[str, Ended]]:
    """Open all that stays open; yield, by name, what tells whether it ends within some seconds."""
    with (
        websocket(room, who.seat, who.api_key) as terminal,
        grpc_stream(room, who.seat, who.api_key) as stream,
        home(room, who) as page,
    ):
        yield {
            f"{who.seat}'s websocket": partial(ended, terminal),
            f"{who.seat}'s gRPC stream": stream,
            f"{who.seat}'s home": partial(ended, page),
        }


@pytest.mark.parametrize("take", [release, rotate])
@pytest.mark.usefixtures("watched")
def test_what_is_open_ends_within_5_s_and_a_siblings_stays(
    room: Room, guests: dict[str, Guest], take: Callable[[Room], None]
) -> None:
    with (
        everything_open(room, guests[SEAT]) as taken,
        everything_open(room, guests[SIBLING]) as kept,
    ):
        until = time.monotonic() + WITHIN_SECONDS
        take(room)
        refused(room, guests[SEAT])
        wrong = [
            f"{what} is still open after {WITHIN_SECONDS} s"
            for what, ends in taken.items()
            if not ends(max(0.01, until - time.monotonic()))
        ]
        wrong += [f"{what} was ended too" for what, ends in kept.items() if ends(0.7)]
    nothing_found(wrong)
    passing = Question(host(SIBLING), COMPONENT, headers=guests[SIBLING].with_cookie)
    assert answers(outside(room), [passing])[0][1] == "200"


def test_what_was_asked_while_nobody_watched_is_done_by_the_next_who_does(
    room: Room, guests: dict[str, Guest]
) -> None:
    """As at the end of a provision, which starts watch: it obeys before it has seen any seat."""
    with (
        everything_open(room, guests[SEAT]) as taken,
        everything_open(room, guests[SIBLING]) as kept,
    ):
        release(room)
        socket_ends = taken[f"{SEAT}'s websocket"]
        assert not socket_ends(1), "nobody watches, and it was cut: this test proves nothing"
        # Its first pass waits for whoever proves the room.
        with proving(room.state), watching(room) as state:
            wait_until("watch", lambda: service.running(state) is not None)
            until = time.monotonic() + WITHIN_SECONDS
            wrong = [
                f"{what} is still open {WITHIN_SECONDS} s after watch began"
                for what, ends in taken.items()
                if not ends(max(0.01, until - time.monotonic()))
            ]
            wrong += [f"{what} was ended too" for what, ends in kept.items() if ends(0.7)]
            assert not state.watch.exists(), "a pass was made: this test proves nothing"
    nothing_found(wrong)


def test_new_cards_end_by_themselves_what_the_old_ones_hold_open(
    room: Room, guests: dict[str, Guest]
) -> None:
    assert service.running(StateFolder(ROOT, room.name)) is None
    with (
        everything_open(room, guests[SEAT]) as taken,
        everything_open(room, guests[SIBLING]) as kept,
    ):
        said = room.run("cards", "--rotate", "--only", SEAT)
        refused(room, guests[SEAT])
        wrong = [f"{what} is still open" for what, ends in taken.items() if not ends(0.5)]
        wrong += [f"{what} was ended too" for what, ends in kept.items() if ends(0.7)]
    nothing_found(wrong)
    assert re.search(r"What was open with them is closed: [1-9]\d* connections ended", said)


def refused(room: Room, who: Guest) -> None:
    """Fail if anything of a former guest's still opens the seat."""
    __tracebackhide__ = True
    shown = {"session": who.with_cookie, "API key": who.with_key}
    questions = [Question(host(SEAT), COMPONENT, headers=headers) for headers in shown.values()]
    found = answers(outside(room), questions)
    nothing_found(
        f"{SEAT} was taken, and {what} still opens it: {answer}"
        for what, (_, answer) in zip(shown, found, strict=True)
        if answer != "401"
    )
