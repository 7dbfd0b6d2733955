"""Every number of every dashboard, against what really happened on a real seat.

The tests share one room and build on each other. With ``GRAFANA=<tarball>`` each question is asked
through Grafana as well; without, the end of the run says that no Grafana was tested.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from dashboards.table import metrics_in

from tests.browser.conftest import CHROMIUM
from tests.integration import dashboards_in_chromium, dashboards_workload
from tests.integration.conftest import ROOT, Room, RoomFactory
from tests.integration.dashboards_in_chromium import Answer, Question

SEAT = "seat-01"
HOST = "s01.localhost"
BOARDS = {p.stem: json.loads(p.read_text()) for p in sorted((ROOT / "dashboards").glob("*.json"))}
TWO_SCRAPES_SECONDS = 35.0
TWO_LOOKS_SECONDS = 70.0
"""The workspace asks the server's API every 30 seconds."""
STUCK_SECONDS = 150.0
"""Until the server reports a workflow, a minute after its first failure, and a look at it."""
WORK_SECONDS = 120.0
MOST_SERIES = 6000
ROW_PIXELS = 38
"""The height of a row of Grafana's grid, with the gap below it."""

Values = dict[str, dict[str, list[float]]]
"""Panel title -> name of the query -> its values at this moment."""

Totals = dict[str, dict[str, float]]
"""The same where each query has exactly one value."""

NEED_NOT_BE_THERE = "no such program"
"""What a panel says in the place of a number that is not there, if that is no mystery."""

# What may stay at 0 in all that the workload does: what never happens in it, and what is over too
# soon to be seen. Everything else has to rise.
MAY_STAY_0 = {
    ("Activities ended since the server started", "Canceled"),
    ("Attempts that ended within a minute", "canceled"),
    ("Local activities of the worker", "failed"),
    ("Busy task slots of the worker", "workflows"),
    ("Busy task slots of the worker", "activities"),
    ("Slots for workflow tasks", "used"),
    ("Slots for activities", "used"),
    ("Was the workflow still in memory?", "miss"),
    ("Was the workflow still in memory?", "evicted"),
    ("Tasks that came to an empty house", "workflow tasks"),
    ("Tasks that came to an empty house", "activity tasks"),
    ("Backlog, as long as the server has the queue in mind", "{{taskqueue}}"),
    ("Backlog, asked of the server", "{{taskqueue}}, workflow tasks"),
    ("Backlog, asked of the server", "{{taskqueue}}, activity tasks"),
    ("Pollers, asked of the server", "{{taskqueue}}, activity tasks"),
    ("How long the first in the backlog has waited", "{{taskqueue}}"),
    ("Requests that failed", "{{operation}}"),
    ("Polls that found nothing within a minute", "workflow tasks"),
    ("Polls that found nothing within a minute", "activity tasks"),
}


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
with_grafana = pytest.mark.skipif(
    by_grafana not in ASKED, reason="without GRAFANA=<tarball>: see the summary"
)
each_board = pytest.mark.parametrize("board", BOARDS)


def _get(room: Room, path: str, **parameters: str) -> dict[str, Any]:
    address = f"http://127.0.0.1:{room.ports['http']}{path}"
    headers = {"Host": HOST, **room.opens(SEAT)}
    answer = httpx.get(address, params=parameters, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def chosen(expression: str, **choices: str) -> str:
    """Return an expression as Grafana asks it, with everything chosen but what is named."""
    return re.sub(r"\$([a-z]+)", lambda name: choices.get(name[1], ".*"), expression)


Target = tuple[str, str, str]
"""A panel's title, a query's name, its expression."""


def targets(board: str) -> list[Target]:
    return [
        (panel["title"], target["legendFormat"], target["expr"])
        for panel in BOARDS[board]["panels"]
        if panel["type"] != "text"
        and panel["fieldConfig"]["defaults"]["noValue"] != NEED_NOT_BE_THERE
        for target in panel["targets"]
    ]


def of_the_server(target: Target) -> bool:
    """Tell whether only the server's page has the answer; not what Prometheus notes of a scrape."""
    names = metrics_in(target[2]) - {"up"}
    return bool(names) and not any(name.startswith(("temporal_", "scrape_")) for name in names)


def of_a_worker(target: Target) -> bool:
    names = metrics_in(target[2])
    return any(name.startswith("temporal_") for name in names)


def values_of(room: Room, ask: Ask, asked: list[Target], **choices: str) -> Values:
    found: Values = {}
    for title, name, expression in asked:
        found.setdefault(title, {})[name] = ask(room, chosen(expression, **choices))
    return found


def seen(room: Room, ask: Ask, board: str, **choices: str) -> Values:
    """Return what the dashboard shows."""
    return values_of(room, ask, targets(board), **choices)


def totals(room: Room, ask: Ask, board: str) -> Totals:
    """Return the totals, which are one number each, or none while nobody can measure."""
    wanted = dashboards_workload.EXPECTED[board]
    values = values_of(room, ask, [target for target in targets(board) if target[0] in wanted])
    return {
        title: {name: number for name, numbers in named.items() for number in numbers}
        for title, named in values.items()
    }


def eventually(holds: Callable[[], bool], seconds: float = TWO_SCRAPES_SECONDS) -> bool:
    """Wait until it holds: a scrape of the server comes every 15 seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(1)
    return True


def assert_totals(room: Room, ask: Ask, board: str, expected: Totals) -> None:
    def shown() -> Totals:
        return totals(room, ask, board)

    assert eventually(lambda: shown() == expected), (shown(), expected)


def assert_unknown(room: Room, ask: Ask, board: str) -> None:
    asked = [target for target in targets(board) if of_the_server(target)]

    def known() -> Values:
        found = values_of(room, ask, asked)
        return {title: named for title, named in found.items() if any(named.values())}

    assert eventually(lambda: known() == {}, TWO_LOOKS_SECONDS), known()


def asked_of_the_api(room: Room, which: str) -> list[float]:
    """Return how many workflows are open, or stuck, as the server's API told the workspace."""
    return by_prometheus(room, f"classroom_workflows_{which}")


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room("cwt-dash", "10.235.0.0/16", seats=1)
    room.run("provision")
    # Provision does not wait for it.
    assert eventually(lambda: asked_of_the_api(room, "running") != [], TWO_LOOKS_SECONDS)
    yield room
    room.run("teardown", "--confirm", "--no-collect", expect=None)


@each_board
@everybody
def test_no_panel_of_a_fresh_seat_is_empty(room: Room, ask: Ask, board: str) -> None:
    values = seen(room, ask, board)
    empty = [(t, n) for t, found in values.items() for n, numbers in found.items() if not numbers]
    assert empty == []
    assert values.get("Is a worker polling?", {"Worker": [2]}) == {"Worker": [2]}


def test_only_the_welcome_of_a_fresh_seat_counts_and_not_the_probe(room: Room) -> None:
    probed = room.exec(SEAT, "temporal", "temporal", "workflow", "count", "-n", "probe")
    assert probed.strip() != "Total: 0"

    def shown() -> dict[str, float]:
        return totals(room, by_prometheus, "start-here")["Workflows since the server started"]

    welcomed = {"Started": 1, "Completed": 1, "Failed": 0, "Timed out": 0, "Other endings": 0}
    assert eventually(lambda: shown() == welcomed), shown()


def work(room: Room) -> None:
    """Do what the workload does, and let its worker live on."""
    program = Path(dashboards_workload.__file__).read_text()
    done, log = dashboards_workload.DONE, "/tmp/dashboards.log"  # noqa: S108 - the container's own
    command = ["sh", "-c", f'exec python -c "$0" >{log} 2>&1', program]
    job = room.client.exec_create(f"{room.name}-{SEAT}-workspace", command)["Id"]
    room.client.exec_start(job, detach=True)

    def is_done() -> bool:
        assert room.client.exec_inspect(job)["Running"], room.exec(SEAT, "workspace", "cat", log)
        return room.exec(SEAT, "workspace", "sh", "-c", f"ls {done} || true").strip() != ""

    assert eventually(is_done, WORK_SECONDS), room.exec(SEAT, "workspace", "cat", log)


def test_numbers_are_what_happened(room: Room) -> None:
    asked = [(ask, board) for ask in ASKED for board in dashboards_workload.EXPECTED]
    before = {(ask, board): totals(room, ask, board) for ask, board in asked}
    work(room)
    for ask, board in asked:
        expected = {
            title: {name: before[ask, board][title][name] + more for name, more in numbers.items()}
            for title, numbers in dashboards_workload.EXPECTED[board].items()
        }
        assert_totals(room, ask, board, expected)


@everybody
def test_numbers_of_activities_are_those_of_the_histories(room: Room, ask: Ask) -> None:
    histories = json.loads(room.exec(SEAT, "workspace", "python", "-c", FROM_HISTORIES))
    title = "Activities since the server started"
    assert totals(room, ask, "start-here")[title] == histories


FROM_HISTORIES = """
import asyncio
import collections
import json
import os
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

async def main():
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    found = collections.Counter(Scheduled=0, Started=0, Completed=0, Failed=0, Retried=0)
    async for run in client.list_workflows():
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        async for event in handle.fetch_history_events():
            started = event.activity_task_started_event_attributes
            found["Scheduled"] += event.HasField("activity_task_scheduled_event_attributes")
            found["Completed"] += event.HasField("activity_task_completed_event_attributes")
            found["Failed"] += event.HasField("activity_task_failed_event_attributes")
            found["Failed"] += event.HasField("activity_task_timed_out_event_attributes")
            found["Started"] += started.attempt
            found["Retried"] += max(started.attempt - 1, 0)
    print(json.dumps(found), flush=True)

asyncio.run(main())
os._exit(0)  # see dashboards_workload.py
"""


@everybody
def test_numbers_by_type_are_those_of_the_servers_own_list(room: Room, ask: Ask) -> None:
    listed = json.loads(
        room.exec(SEAT, "temporal", "temporal", "workflow", "list", "-o", "json", "--limit", "1000")
    )
    names = {
        "Completed": "COMPLETED",
        "Failed": "FAILED",
        "Timed out": "TIMED_OUT",
        "Canceled": "CANCELED",
        "Terminated": "TERMINATED",
        "Continued": "CONTINUED_AS_NEW",
    }
    asked = [target for target in targets("workflows") if target[0].startswith("Workflows ended")]
    for kind in sorted({run["type"]["name"] for run in listed}):
        statuses = [run["status"] for run in listed if run["type"]["name"] == kind]
        (shown,) = values_of(room, ask, asked, type=kind).values()
        assert shown == {
            name: [float(statuses.count(f"WORKFLOW_EXECUTION_STATUS_{status}"))]
            for name, status in names.items()
        }, kind


def test_what_is_stuck_and_what_is_open_is_what_the_servers_list_says(room: Room) -> None:
    assert eventually(lambda: asked_of_the_api(room, "stuck") == [1.0], STUCK_SECONDS)
    running = ("temporal", "workflow", "count", "--query", "ExecutionStatus = 'Running'")
    (open_now,) = asked_of_the_api(room, "running")
    assert room.exec(SEAT, "temporal", *running).strip() == f"Total: {open_now:.0f}"
    assert asked_of_the_api(room, "looked_at") == [open_now]
    pollers = 'classroom_task_queue_pollers{taskqueue="dashboards",task_type="Workflow"}'
    assert by_prometheus(room, pollers) == [1.0]


def test_every_panel_has_shown_something(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    """While the worker still lives; what is over by now is looked for in the last minutes."""
    rows = [
        (board, title, name, max(_lately(room, chosen(expression)), default=None), expression)
        for board in BOARDS
        for title, name, expression in (*targets(board), *marks(board))
    ]
    with capsys.disabled():
        print("\n\nWhat fed the panels: the highest value of the last minutes")
        for board, title, name, most, expression in rows:
            fed_by = ", ".join(sorted(metrics_in(expression) - {"up"})) or "up"
            print(f"{board:24} | {title:52} | {name:28} | {most!s:>12} | {fed_by}")
    nothing = {(title, name) for _, title, name, most, _ in rows if not most}
    assert nothing - MAY_STAY_0 == set()


def marks(board: str) -> list[Target]:
    return [
        ("annotation", mark["name"], mark["expr"])
        for mark in BOARDS[board]["annotations"]["list"]
        if mark["name"] == "A worker starts"
    ]


def _lately(room: Room, expression: str) -> list[float]:
    return by_prometheus(room, f"max_over_time(({expression})[4m:5s])")


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
    waits, most = 6, 10
    program = WAITING.format(seconds=waits)
    room.exec(SEAT, "workspace", "python", "-c", program)

    def shown() -> float:
        values = seen(room, by_prometheus, "start-here")
        return values["Schedule-to-start latency"]["workflow tasks"][0]

    # With the others of the last minute it is a mean; nothing else waits for whole seconds.
    assert eventually(lambda: shown() > 0.2), shown()
    assert shown() < most

    # Nobody else was on that queue. The wait lies in the bucket from 5 to 10 s, and so did the run.
    waited = seen(room, by_prometheus, "workers-and-task-queues", queue="nobody_yet")
    by_server = waited["Schedule-to-start, by the server"]
    assert 5 < by_server["workflow tasks, 95 %"][0] <= most
    assert waits <= by_server["workflow tasks, mean"][0] < most
    assert by_server["activity tasks, mean"] == [0]
    took = seen(room, by_prometheus, "workflows", type="Late")["How long workflows take"]
    assert 5 < took["half"][0] <= most
    assert waits <= took["mean"][0] < most


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
    (all_of_it,) = by_prometheus(room, "sum(scrape_samples_post_metric_relabeling)")
    assert kept < all_of_it < MOST_SERIES


@with_grafana
@each_board
def test_grafana_has_the_dashboard_as_it_was_written(room: Room, board: str) -> None:
    loaded = _get(room, f"/grafana/api/dashboards/uid/{board}")["dashboard"]
    assert [p["title"] for p in loaded["panels"]] == [p["title"] for p in BOARDS[board]["panels"]]


@with_grafana
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@each_board
def test_chromium_shows_every_panel_and_no_error(room: Room, board: str, tmp_path: Path) -> None:
    """Its picture is left in pytest's temporary folder, to be looked at."""
    panels = BOARDS[board]["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    question = Question(
        url=f"http://{HOST}:{room.ports['http']}/grafana/d/{board}?from=now-15m&to=now",
        headers=room.opens(SEAT),
        titles=[panel["title"] for panel in panels],
        height=200 + rows * ROW_PIXELS,
        picture=str(tmp_path / f"{board}.png"),
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
    assert Answer(**json.loads(seen_there.stdout)) == Answer()


@with_grafana
def test_grafanas_home_page_is_start_here(room: Room) -> None:
    assert _get(room, "/grafana/api/dashboards/home")["dashboard"]["title"] == "Start here"


def test_a_worker_that_ends_is_marked(room: Room) -> None:
    room.exec(SEAT, "workspace", "touch", str(dashboards_workload.MAY_END))
    gone = BOARDS["start-here"]["annotations"]["list"][1]
    assert eventually(lambda: by_prometheus(room, gone["expr"]) == [1.0])


@pytest.mark.parametrize(
    "board", [board for board in BOARDS if any(map(of_a_worker, targets(board)))]
)
@everybody
def test_without_a_worker_the_page_says_so_and_knows_nothing_of_it(
    room: Room, ask: Ask, board: str
) -> None:
    asked = [target for target in targets(board) if of_a_worker(target)]
    known = {("Is a worker polling?", "Worker"), ("Workers that answer", "workers in them")}

    def shown() -> Values:
        return values_of(room, ask, asked)

    gone: Values = {}
    for title, name, _ in asked:
        gone.setdefault(title, {})[name] = [0] if (title, name) in known else []
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
    for board, expected in dashboards_workload.EXPECTED.items():
        zero = {title: dict.fromkeys(numbers, 0.0) for title, numbers in expected.items()}
        for ask in ASKED:
            assert_totals(room, ask, board, zero)
