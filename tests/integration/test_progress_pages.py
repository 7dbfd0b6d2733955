"""Progress over real HTTP: what watch tells the portal, and what a seat's home makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.portal_server import Running, portal

COURSE = [
    {"id": "D1L1", "title": "Hello", "goals": [{"id": "pause", "title": "It pauses & waits."}]},
    {"id": "D1L5", "title": "Determinism", "goals": [{"id": "replay", "title": "It is stopped."}]},
]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with portal(tmp_path) as found:
        found.provision()
        yield found


def result(state: str, because: str, seat: str = "seat-07") -> dict[str, Any]:
    evidence = {"workflow_id": "order-1", "run_id": "run-1", "event_id": 5}
    goal = {"seat": seat, "lab": "D1L1", "goal": "pause", "at": "2025-07-16T10:30:00+00:00"}
    return {**goal, "state": state, "because": because, "evidence": evidence}


def tell(running: Running, *results: dict[str, Any], lab: str = "D1L1") -> httpx.Response:
    at_work = {"seat-07": {"lab": lab, "stuck": []}}
    with running.operator() as operator:
        return operator.post(
            "/operator/progress", json={"course": COURSE, "seats": at_work, "results": results}
        )


def test_a_home_shows_its_own_labs_and_whether_each_goal_is_reached(running: Running) -> None:
    with running.claim() as ada:
        assert "Your labs" not in ada.get("/").text
        foreign = result("done", "a secret of seat 8", seat="seat-08")
        mine = result("not_yet", "order-1: <b>no</b> timer. Try: TODO 2, `lab run`.")
        assert tell(running, mine, foreign).status_code == 200
        page = ada.get("/").text
    assert "It pauses &amp; waits." in page
    assert "order-1: &lt;b&gt;no&lt;/b&gt; timer." in page
    assert "<b>Try</b> <span>TODO 2, <code>lab run</code>.</span>" in page
    assert 'href="/temporal/namespaces/default/workflows/order-1/run-1/history"' in page
    assert re.findall(r'<details data-lab="(\w+)" open>', page) == ["D1L1"]
    assert "a secret" not in page


def test_a_goal_that_is_reached_shows_at_once_and_for_good(running: Running) -> None:
    tell(running, result("not_yet", "no timer."))
    with running.claim() as ada, ada.stream("GET", "/home/events", timeout=20) as stream:
        states = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data:"))
        assert next(states)["labs"]["D1L1"]["goals"]["pause"]["state"] == "not_yet"
        tell(running, result("done", "a timer."), lab="D1L5")
        now = next(states)
        assert (now["current"], now["labs"]["D1L1"]["words"]) == ("D1L5", "1 of 1")
        tell(running, result("unknown", "the server does not answer."))
        assert next(states)["labs"]["D1L1"]["goals"]["pause"]["because"] == "a timer."


def test_what_was_reached_outlives_the_portal(tmp_path: Path) -> None:
    with portal(tmp_path) as first:
        first.provision()
        tell(first, result("done", "a timer."))
    with portal(tmp_path) as again, again.claim() as ada:
        tell(again)
        assert "a timer." in ada.get("/").text


def test_a_home_says_so_when_nobody_looks_any_more(running: Running) -> None:
    tell(running, result("not_yet", "no timer."))
    with running.claim() as ada:
        assert re.search(r'id="stale"[^>]* hidden>', ada.get("/").text)
        running.skip(100)
        assert not re.search(r'id="stale"[^>]* hidden>', ada.get("/").text)


def test_only_the_host_can_tell(running: Running) -> None:
    with running.device("portal") as stranger, running.claim() as ada:
        body: dict[str, object] = {"course": [], "seats": {}, "results": []}
        assert stranger.post("/operator/progress", json=body).status_code == 401
        assert ada.post("/operator/progress", json=body).status_code in (403, 404, 405)
