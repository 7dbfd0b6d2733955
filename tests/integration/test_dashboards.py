"""Every number of every dashboard, against what really happened on a real seat.

The tests share one room and build on each other. With ``GRAFANA=<tarball>`` each question is asked
through Grafana as well; without, the end of the run says that no Grafana was tested.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration import dashboards_workload
from tests.integration.conftest import ROOT, Room, RoomFactory

SEAT = "seat-01"
HOST = "s01.localhost"
BOARDS = {p.stem: json.loads(p.read_text()) for p in sorted((ROOT / "dashboards").glob("*.json"))}
TWO_SCRAPES_SECONDS = 35.0
MOST_SERIES = 6000

Values = dict[str, dict[str, list[float]]]
"""Panel title -> name of the query -> its values at this moment."""

Totals = dict[str, dict[str, float]]
"""The same where each query has exactly one value."""


def by_prometheus(room: Room, expression: str) -> list[float]:
    result = _get(room, "/prometheus/api/v1/query", query=expression)["data"]["result"]
    return [float(series["value"][1]) for series in result]


def by_grafana(room: Room, expression: str) -> list[float]:
    query = {
        "refId": "A",
        "datasource": {"type": "prometheus", "uid": "prometheus"},
        "expr": expression,
        "instant": True,
        "format": "time_series",
    }
    answer = httpx.post(
        f"http://127.0.0.1:{room.ports['http']}/grafana/api/ds/query",
        json={"queries": [query], "from": "now-5m", "to": "now"},
        headers={"Host": HOST, **room.opens(SEAT)},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    frames = [frame["data"]["values"] for frame in answer.json()["results"]["A"]["frames"]]
    return [float(value) for columns in frames if columns for value in columns[1]]


Ask = Callable[[Room, str], list[float]]
ASKED: list[Ask] = [by_prometheus, *([by_grafana] if os.environ.get("GRAFANA") else [])]
everybody = pytest.mark.parametrize("ask", ASKED)
each_board = pytest.mark.parametrize("board", BOARDS)


def _get(room: Room, path: str, **parameters: str) -> dict[str, Any]:
    address = f"http://127.0.0.1:{room.ports['http']}{path}"
    headers = {"Host": HOST, **room.opens(SEAT)}
    answer = httpx.get(address, params=parameters, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def seen(room: Room, ask: Ask, board: str) -> Values:
    """Return what the dashboard shows."""
    return {
        panel["title"]: {
            target["legendFormat"]: ask(room, target["expr"].replace("$type", ".*"))
            for target in panel["targets"]
        }
        for panel in BOARDS[board]["panels"]
        if panel["type"] != "text"
    }


def of_the_server(values: Values) -> Values:
    return {title: found for title, found in values.items() if "worker" not in title}


def totals(values: Values) -> Totals:
    """Return the totals, which are one number each, or none while nobody can measure."""
    return {
        title: {name: number for name, numbers in values[title].items() for number in numbers}
        for title in dashboards_workload.EXPECTED
    }


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until it holds: a scrape of the server comes every 15 seconds."""
    end = time.monotonic() + TWO_SCRAPES_SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True


def assert_totals(room: Room, ask: Ask, expected: Totals) -> None:
    def shown() -> Totals:
        return totals(seen(room, ask, "start-here"))

    assert eventually(lambda: shown() == expected), (shown(), expected)


def assert_unknown(room: Room, ask: Ask, board: str) -> None:
    def known() -> list[list[float]]:
        found = of_the_server(seen(room, ask, board)).values()
        return [numbers for named in found for numbers in named.values() if numbers]

    assert eventually(lambda: known() == []), known()


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room("cwt-dash", "10.235.0.0/16", seats=1)
    room.run("provision")
    yield room
    room.run("teardown", "--confirm", "--no-collect", expect=None)


@each_board
@everybody
def test_no_panel_of_a_fresh_seat_is_empty(room: Room, ask: Ask, board: str) -> None:
    values = seen(room, ask, board)
    empty = [(t, n) for t, found in values.items() for n, numbers in found.items() if not numbers]
    assert empty == []
    assert values["Is a worker polling?"] == {"Worker": [2]}


def test_only_the_welcome_of_a_fresh_seat_counts_and_not_the_probe(room: Room) -> None:
    probed = room.exec(SEAT, "temporal", "temporal", "workflow", "count", "-n", "probe")
    assert probed.strip() != "Total: 0"

    def shown() -> dict[str, float]:
        return totals(seen(room, by_prometheus, "start-here"))["Workflows since the server started"]

    welcomed = {"Started": 1, "Completed": 1, "Failed": 0, "Timed out": 0, "Other endings": 0}
    assert eventually(lambda: shown() == welcomed), shown()


def test_numbers_are_what_happened(room: Room) -> None:
    before = {ask: totals(seen(room, ask, "start-here")) for ask in ASKED}
    program = Path(dashboards_workload.__file__).read_text()
    room.exec(SEAT, "workspace", "python", "-c", program)
    for ask in ASKED:
        expected = {
            title: {name: before[ask][title][name] + more for name, more in numbers.items()}
            for title, numbers in dashboards_workload.EXPECTED.items()
        }
        assert_totals(room, ask, expected)


@everybody
def test_graphs_agree_with_the_numbers_and_the_servers_own_list(room: Room, ask: Ask) -> None:
    values = seen(room, ask, "start-here")
    listed = room.exec(SEAT, "temporal", "temporal", "workflow", "count")
    running = ("temporal", "workflow", "count", "--query", "ExecutionStatus = 'Running'")
    open_now = room.exec(SEAT, "temporal", *running)
    lines = values["Workflows started and ended"]
    assert listed.strip() == f"Total: {lines['started'][0]:.0f}"
    assert open_now.strip() == f"Total: {lines['started'][0] - lines['ended'][0]:.0f}"
    by_type = values["Ended, by type"]["{{workflowType}}"]
    assert len(by_type) == len(dashboards_workload.WORKFLOWS) + len(["Welcome"])
    assert sum(by_type) == lines["ended"][0]


def test_a_wait_for_a_worker_shows_although_its_queue_is_new(room: Room) -> None:
    waits = 8
    program = WAITING.format(seconds=waits)
    room.exec(SEAT, "workspace", "python", "-c", program)

    def shown() -> float:
        values = seen(room, by_prometheus, "start-here")
        return values["Schedule-to-start latency"]["workflow tasks"][0]

    # With the others of the last minute it is a mean; nothing else waits for whole seconds.
    assert eventually(lambda: shown() > 0.2), shown()
    assert shown() < waits + 2


WAITING = """
import asyncio
import os
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio import workflow

@workflow.defn
class Late:
    @workflow.run
    async def run(self) -> None:
        return None

async def main():
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    handle = await client.start_workflow(Late.run, id="late", task_queue="nobody_yet")
    await asyncio.sleep({seconds})
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue="nobody_yet", workflows=[Late], workflow_runner=runner):
        await handle.result()

asyncio.run(main())
os._exit(0)  # see dashboards_workload.py
"""


def test_a_scrape_of_the_server_is_small(room: Room) -> None:
    (kept,) = by_prometheus(room, 'scrape_samples_post_metric_relabeling{job="temporal-server"}')
    (came,) = by_prometheus(room, 'scrape_samples_scraped{job="temporal-server"}')
    assert 0 < kept < MOST_SERIES < came


@pytest.mark.skipif(by_grafana not in ASKED, reason="without GRAFANA=<tarball>: see the summary")
@each_board
def test_grafana_has_the_dashboard_as_it_was_written(room: Room, board: str) -> None:
    loaded = _get(room, f"/grafana/api/dashboards/uid/{board}")["dashboard"]
    assert [p["title"] for p in loaded["panels"]] == [p["title"] for p in BOARDS[board]["panels"]]


@pytest.mark.skipif(by_grafana not in ASKED, reason="without GRAFANA=<tarball>: see the summary")
def test_grafanas_home_page_is_start_here(room: Room) -> None:
    assert _get(room, "/grafana/api/dashboards/home")["dashboard"]["title"] == "Start here"


@everybody
def test_without_a_worker_the_page_says_so_and_knows_no_polls(room: Room, ask: Ask) -> None:
    stop = "kill $(cat $LABKIT_RUN_DIR/welcome.pid) || true"
    room.exec(SEAT, "workspace", "sh", "-c", stop)

    def shown() -> Values:
        return {t: v for t, v in seen(room, ask, "start-here").items() if "worker" in t}

    gone = {
        "Is a worker polling?": {"Worker": [0]},
        "Open polls of the worker": {"workflows": [], "activities": []},
        "Busy task slots of the worker": {"workflows": [], "activities": []},
    }
    assert eventually(lambda: shown() == gone), shown()


@each_board
def test_what_nobody_can_measure_is_unknown_and_not_0(room: Room, board: str) -> None:
    server = f"{room.name}-{SEAT}-temporal"
    room.unwatch()
    room.client.pause(server)
    try:
        for ask in ASKED:
            assert_unknown(room, ask, board)
    finally:
        room.client.unpause(server)


def test_a_scrape_that_failed_is_no_wait_a_minute_later(room: Room) -> None:
    """What is compared with the failed scrape is unknown too, and not a second that nobody waited.

    Activities waited for a second in the workload, longer ago than the minute that is shown.
    """
    time.sleep(60)
    (expression,) = (
        target["expr"]
        for panel in BOARDS["start-here"]["panels"]
        for target in panel.get("targets", ())
        if target["legendFormat"] == "activity tasks"
    )
    assert by_prometheus(room, expression) in ([], [0.0])


def test_a_restart_of_the_server_sets_the_totals_back_to_0(room: Room) -> None:
    room.client.restart(f"{room.name}-{SEAT}-temporal", timeout=5)
    zero = {
        title: dict.fromkeys(numbers, 0.0)
        for title, numbers in dashboards_workload.EXPECTED.items()
    }
    for ask in ASKED:
        assert_totals(room, ask, zero)
