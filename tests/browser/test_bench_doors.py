"""The benchmark's crowd asks as Chromium asked, and notices what does not go as it did then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bench.doors.crowd import Arrivals, arrive
from bench.doors.recording import Recording, record

from classroom.spec.codes import Code, parse
from tests.room import Room, code_of

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do something in a thread of its own: this one may have the event loop of other tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def come_in(portal: Room, recording: Recording, code: Code) -> Arrivals:
    settings = portal.settings
    coming = arrive(
        {"seat-02": code}, recording, (), domain=settings.domain, port=settings.port, within=0
    )
    return aside(lambda: asyncio.run(coming))


def test_a_crowd_comes_in_as_chromium_did(portal: Room) -> None:
    url = portal.settings.seat_url("seat-01")
    recording = aside(lambda: record(url, code_of(1), pages={}))
    page, *files = recording["home"]
    assert (page.ask.path, page.after) == ("/", ())
    paths = {step.ask.path.partition("?")[0] for step in files if step.after}
    assert paths >= {"/static/seat/home.js", "/static/copy.js", "/home/events"}
    right, wrong = parse(code_of(2)), parse("02-0000-0000")
    assert right
    assert wrong
    came = come_in(portal, recording, right)
    assert came.errors == []
    assert [len(took) for took in came.steps.values()] == [1, 1, 1]
    assert list(came.steps) == ["claim page", "claim", "home"]
    now = portal.do(lambda c: c.store.sessions.of_seat("seat-02", c.clock()))
    assert "Attendee seat-02" in {session.name for session in now}
    refused = come_in(portal, recording, wrong).errors
    assert "seat-02: POST /claim: 403, not 303" in refused
    assert "seat-02: GET /: 303, not 200" in refused
    portal.stop()
    assert len(come_in(portal, recording, right).errors) == sum(map(len, recording.values())) + 1
