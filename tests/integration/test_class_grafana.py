"""The class's Grafana in a real room: who reaches it, what it shows, and what a silent seat is.

Its questions are asked of the class Prometheus by its data source, and each dashboard is opened in
Chromium. Without ``GRAFANA=<tarball>`` none of it runs, and the end of the run says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from classroom.spec import keys
from tests.browser.conftest import CHROMIUM
from tests.integration import dashboards_in_chromium
from tests.integration.conftest import ROOT, Room, RoomFactory
from tests.integration.dashboards_in_chromium import Answer, Question
from tests.security.reach import Target, answers
from tests.security.rooms import address

pytestmark = pytest.mark.skipif(
    not os.environ.get("GRAFANA"), reason="without GRAFANA=<tarball>: see the summary"
)

NAME = "cwt-viewer"
SEAT, SIBLING = "seat-01", "seat-02"
CONSOLE = "console.localhost"
SCRAPE_SECONDS = 30
UNKNOWN_SECONDS = 120
"""For so long nothing is said of the processor (prometheus/class.rules.yml)."""
FOLDER = ROOT / "dashboards" / "whole_class"
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}
ROW_PIXELS = 38
each_board = pytest.mark.parametrize("board", BOARDS)


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room(NAME, "10.229.0.0/16", seats=2)
    room.run("provision")
    yield room
    room.run("teardown", "--no-collect", "--confirm")


@pytest.fixture(scope="module")
def opens(room: Room) -> dict[str, str]:
    """The header by which this machine's own probes come in."""
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    return {"Authorization": f"Bearer {keys.operator_key(signing)}"}


def ask(
    room: Room, path: str, headers: dict[str, str], method: str = "GET", **how: object
) -> httpx.Response:
    return httpx.request(
        method,
        f"http://127.0.0.1:{room.ports['http']}{path}",
        headers={"Host": CONSOLE, **headers},
        timeout=20,
        trust_env=False,
        **how,  # type: ignore[arg-type] # passed on as they are
    )


def values(room: Room, opens: dict[str, str], expression: str) -> dict[tuple[str, ...], float]:
    """Return what the class Grafana's data source says: the series' labels -> value."""
    query = {
        "refId": "A",
        "datasource": {"type": "prometheus", "uid": "prometheus"},
        "expr": expression,
        "instant": True,
        "format": "time_series",
    }
    body = {"queries": [query], "from": "now-5m", "to": "now"}
    answer = ask(room, "/grafana/api/ds/query", opens, "POST", json=body)
    assert answer.status_code == 200, answer.text
    found = {}
    for frame in answer.json()["results"]["A"]["frames"]:
        for field, column in zip(
            frame["schema"]["fields"][1:], frame["data"]["values"][1:], strict=True
        ):
            labels = field.get("labels") or {}
            found[tuple(labels[key] for key in sorted(labels))] = float(column[-1])
    return found


def until(what: str, holds: Callable[[], object], seconds: float = 3 * SCRAPE_SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"waited {seconds:.0f} s for: {what}"
        time.sleep(1)


def targets(board: str) -> Iterator[tuple[str, str, str]]:
    for panel in BOARDS[board]["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["legendFormat"], target["expr"]


def look(room: Room, opens: dict[str, str], board: str, picture: Path, row: str = "") -> Answer:
    """Open a dashboard in Chromium; its picture is left for whoever wants to look at it."""
    panels = BOARDS[board]["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    question = Question(
        url=f"http://{CONSOLE}:{room.ports['http']}/grafana/d/{board}?from=now-15m&to=now",
        headers=opens,
        titles=[panel["title"] for panel in panels],
        height=200 + rows * ROW_PIXELS,
        picture=str(picture),
        row=row,
    )
    seen_there = subprocess.run(
        [sys.executable, "-m", dashboards_in_chromium.__name__],
        input=json.dumps(asdict(question)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert seen_there.returncode == 0, seen_there.stderr
    return Answer(**json.loads(seen_there.stdout))


def test_health_and_watch_prove_it_and_the_console_leads_to_it(
    room: Room, opens: dict[str, str]
) -> None:
    found = room.json("health")["grafana"]
    assert (found["state"], found["version"]) == ("ok", "12.2.0")
    assert "its data source answers" in found["seen"]
    watched = 'classroom_component_state{seat="ingress",component="grafana",state="ok"}'
    until("watch's word", lambda: 1.0 in values(room, opens, watched).values())
    urls = room.json("status")["stacks"]["ingress"]["urls"]
    assert urls["grafana"] == f"http://{CONSOLE}:{room.ports['http']}/grafana/"


def test_nobody_without_the_instructors_session_reaches_it(
    room: Room, opens: dict[str, str]
) -> None:
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    health = "/grafana/api/health"
    assert ask(room, health, opens).status_code == 200
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    strangers = {
        "nobody": {},
        "a seat's probe": room.opens(SEAT),
        "the class Prometheus": {"Authorization": f"Bearer {keys.metrics_key(signing)}"},
        "a made-up session": {"Cookie": f"console={'A' * 43}"},
        "a seat's cookie": {"Cookie": f"seat={'A' * 43}"},
    }
    for who, headers in strangers.items():
        for path in (health, "/grafana/", "/grafana", "/grafana/api/live/ws"):
            assert ask(room, path, headers).status_code == 401, (who, path)
            assert ask(room, path, {**headers, **upgrade}).status_code == 401, (who, path)
        assert ask(room, "/grafana/api/ds/query", headers, "POST").status_code == 401, who
    page = ask(room, "/grafana/", {"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    foreign = {**opens, "Origin": f"http://s01.localhost:{room.ports['http']}"}
    assert ask(room, "/grafana/api/ds/query", foreign, "POST").status_code == 403


def test_a_seats_grafana_has_none_of_its_dashboards_and_it_has_none_of_a_seats(
    room: Room, opens: dict[str, str]
) -> None:
    def uids(headers: dict[str, str]) -> set[str]:
        found = ask(room, "/grafana/api/search?type=dash-db", headers)
        return {one["uid"] for one in found.json()}

    assert uids(opens) == set(BOARDS)
    seats = {path.stem for path in (ROOT / "dashboards").glob("*.json")}
    assert uids({**room.opens(SEAT), "Host": "s01.localhost"}) == seats
    home = ask(room, "/grafana/api/dashboards/home", opens).json()
    assert home["dashboard"]["title"] == "Class wall"


def test_no_seat_reaches_it_by_its_address(room: Room) -> None:
    found = room.client.inspect_container(f"{NAME}-ingress-grafana")
    assert set(found["NetworkSettings"]["Networks"]) == {f"{NAME}-ingress"}
    assert not any(found["NetworkSettings"]["Ports"].values())
    asks = f"{NAME}-{SEAT}-workspace"
    own, of_the_class = (
        Target("tcp", address(room, *where), 3000)
        for where in ((f"{NAME}-{SEAT}-grafana", SEAT), (f"{NAME}-ingress-grafana", "ingress"))
    )
    seen = answers(room.client, asks, [own, of_the_class])
    assert not seen[own].startswith("!"), "it can't reach its own either: nothing is shown"
    assert seen[of_the_class].startswith("!")


@each_board
def test_no_panel_is_empty(room: Room, opens: dict[str, str], board: str) -> None:
    def empty() -> list[tuple[str, str]]:
        return [
            (title, name)
            for title, name, expression in targets(board)
            if not values(room, opens, expression)
        ]

    ends = time.monotonic() + UNKNOWN_SECONDS + 3 * SCRAPE_SECONDS
    while empty() and time.monotonic() < ends:
        time.sleep(1)
    assert empty() == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@each_board
def test_chromium_shows_every_panel_and_no_error(
    room: Room, opens: dict[str, str], board: str, tmp_path: Path
) -> None:
    assert look(room, opens, board, tmp_path / f"{board}.png") == Answer()


@contextmanager
def stopped(room: Room, container: str) -> Iterator[None]:
    """Have a container stopped for a while, with nobody who starts it."""
    room.unwatch()
    room.client.stop(f"{NAME}-{container}", timeout=2)
    try:
        yield
    finally:
        room.client.start(f"{NAME}-{container}")
        room.run("provision")


TOLD_BY_THE_SEAT = {
    "class-wall": {"Worker", "Open", "Stuck", "Completed", "Failed", "Timed out"},
    "who-needs-help": {"Stuck", "Attempts failed", "Nobody polls", "Wrong queue", "Worker"},
}
"""Columns of what a seat's Prometheus alone can say."""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_seat_whose_prometheus_is_down_shows_as_unknown_and_not_as_zero(
    room: Room, opens: dict[str, str], tmp_path: Path
) -> None:
    def tables(seat: str) -> dict[str, dict[str, str]]:
        found = {}
        for board in TOLD_BY_THE_SEAT:
            names = ["Seat", *(n for t, n, _ in targets(board) if t == "Seat by seat")]
            cells = look(room, opens, board, tmp_path / f"{board}-{seat}.png", seat).cells
            found[board] = dict(zip(names, cells, strict=True))
        return found

    with stopped(room, f"{SEAT}-prometheus"):
        told = f'up{{job="seats",seat="{SEAT}"}}'
        until("the gap", lambda: set(values(room, opens, told).values()) == {0.0})
        for board, table in tables(SEAT).items():
            unknown = {name for name, cell in table.items() if cell == "unknown"}
            assert unknown >= TOLD_BY_THE_SEAT[board], (board, table)
        for board, table in tables(SIBLING).items():
            # What watch tells of it is unknown by now as well: it was ended, to mend nothing.
            unknown = {name for name, cell in table.items() if cell == "unknown"}
            assert not unknown & TOLD_BY_THE_SEAT[board], (board, table)
        for board in BOARDS:
            answer = look(room, opens, board, tmp_path / f"{board}.png")
            assert answer == Answer(), board
        silent = {e for _, name, e in targets("class-wall") if name == "Silent"}
        assert [values(room, opens, e) for e in silent] == [{(): 1.0}]
        workers = {e for _, name, e in targets("class-wall") if name == "Workers"}
        assert [values(room, opens, e) for e in workers] == [{(): 1.0}]


def test_health_names_a_class_grafana_that_is_down_and_no_seat_is_less_ready(room: Room) -> None:
    with stopped(room, "ingress-grafana"):
        document = room.json("health", expect=1)
        found = document["grafana"]
        assert (found["state"], "did not answer" in found["seen"]) == ("failed", True)
        assert "make provision SEATS=ingress" in found["fix"]
        assert document["summary"]["line"].startswith(
            "2 of 2 seats ready; failing: ingress grafana"
        )
    with stopped(room, "ingress-prometheus"):
        document = room.json("health", expect=1)
        states = [document[part]["state"] for part in ("prometheus", "grafana")]
        assert states == ["failed", "unknown"]
    assert room.json("health")["grafana"]["state"] == "ok"
