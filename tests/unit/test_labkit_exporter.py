"""What the workspace tells Prometheus of the server's API: what waits, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from tests.scrape import configuration

from labkit.checking.history import Json
from labkit.checking.source import Listed, SilentError
from labkit.exporter import looking
from labkit.exporter.looking import MOST_QUEUES, MOST_WORKFLOWS, Queue, Seen, TaskType, look
from labkit.exporter.page import page

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2025, 7, 16, 10, 30, tzinfo=UTC)


def polled(seconds_ago: float) -> Json:
    at = NOW - timedelta(seconds=seconds_ago)
    return {"identity": "ada@laptop", "lastAccessTime": at.isoformat().replace("+00:00", "Z")}


def pending(*queues: str) -> Json:
    """Return a description of a workflow that waits for activities on some queues."""
    return {
        "pendingActivities": [
            {"activityType": {"name": "pack"}, "activityOptions": {"taskQueue": {"name": queue}}}
            for queue in queues
        ]
    }


@dataclass
class Server:
    """A server with open workflows, each on a queue of its own, which counts what it is asked."""

    described_as: Sequence[Json] = ()
    stuck: int = 0
    queues: dict[tuple[str, TaskType], Json] = field(default_factory=dict)
    silent_at: int = 0
    asked: int = 0

    async def counted(self, query: str) -> int:
        self._ask()
        return {looking.RUNNING: len(self.described_as), looking.STUCK: self.stuck}[query]

    async def newest(self, query: str, most: int) -> list[Listed]:
        self._ask()
        assert query == looking.RUNNING
        numbers = range(len(self.described_as))
        return [
            Listed(f"order-{n}", str(n), "Order", f"orders_{n}", "Running", NOW) for n in numbers
        ][:most]

    async def described(self, one: Listed) -> Json:
        self._ask()
        return self.described_as[int(one.run_id)]

    async def queue(self, name: str, kind: TaskType) -> Json:
        self._ask()
        return self.queues.get((name, kind), {"stats": {}})

    def _ask(self) -> None:
        self.asked += 1
        if self.asked == self.silent_at:
            raise SilentError("it does not answer")


def seen(server: Server) -> Seen:
    return asyncio.run(look(server, NOW))


def a_shop() -> Server:
    """Return a server on which a workflow waits for its worker, and for somebody to pack."""
    return Server(
        described_as=[pending("packing", "packing")],
        stuck=1,
        queues={
            ("orders_0", "Workflow"): {"pollers": [polled(5), polled(71)], "stats": {}},
            ("packing", "Activity"): {
                "stats": {"approximateBacklogCount": "2", "approximateBacklogAge": "12.5s"}
            },
        },
    )


def test_where_nothing_is_open_one_question_is_all() -> None:
    server = Server()
    assert seen(server) == Seen()
    assert server.asked == 1


def test_each_queue_on_which_an_open_workflow_depends_is_told_of_once() -> None:
    assert seen(a_shop()) == Seen(
        running=1,
        stuck=1,
        looked_at=1,
        queues=[
            Queue("orders_0", "Workflow", backlog=0, age_s=0, pollers=1),
            Queue("packing", "Activity", backlog=2, age_s=12.5, pollers=0),
        ],
    )


QUESTIONS = 6


def test_half_an_answer_is_none() -> None:
    for question in range(1, QUESTIONS + 1):
        server = a_shop()
        server.silent_at = question
        with pytest.raises(SilentError, match="does not answer"):
            seen(server)
    whole = a_shop()
    seen(whole)
    assert whole.asked == QUESTIONS


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"stats": None},
        {"stats": {"approximateBacklogCount": "many"}},
        {"stats": {"approximateBacklogAge": "a minute"}},
        {"stats": {}, "pollers": [{"identity": "ada@laptop"}]},
        {"stats": {}, "pollers": [{"lastAccessTime": "2025-07-16T10:29:59"}]},
    ],
)
def test_what_is_not_understood_is_not_0(told: Json) -> None:
    server = a_shop()
    server.queues["packing", "Activity"] = told
    with pytest.raises(SilentError, match="nobody understands"):
        seen(server)


def test_a_loop_of_a_thousand_costs_no_more_than_twenty() -> None:
    server = Server(described_as=[{}] * 1_000)
    found = seen(server)
    assert (found.running, found.looked_at) == (1_000, MOST_WORKFLOWS)
    assert server.asked == 3 + MOST_WORKFLOWS + len(found.queues)


def test_a_workflow_with_too_many_queues_is_not_looked_at_and_that_is_told() -> None:
    crowd = pending(*(f"packing_{n}" for n in range(MOST_QUEUES)))
    found = seen(Server(described_as=[pending("packing"), crowd, {}]))
    assert (found.running, found.looked_at) == (3, 1)
    assert [queue.name for queue in found.queues] == ["orders_0", "packing"]


def test_the_page_has_each_number_with_the_labels_of_the_servers_own_metrics() -> None:
    told = page(seen(a_shop())).decode()
    lines = [line for line in told.splitlines() if not line.startswith("#")]
    assert lines == [
        "classroom_workflows_running 1.0",
        "classroom_workflows_stuck 1.0",
        "classroom_workflows_looked_at 1.0",
        'classroom_task_queue_backlog{task_type="Workflow",taskqueue="orders_0"} 0.0',
        'classroom_task_queue_backlog{task_type="Activity",taskqueue="packing"} 2.0',
        'classroom_task_queue_backlog_age_seconds{task_type="Workflow",taskqueue="orders_0"} 0.0',
        'classroom_task_queue_backlog_age_seconds{task_type="Activity",taskqueue="packing"} 12.5',
        'classroom_task_queue_pollers{task_type="Workflow",taskqueue="orders_0"} 1.0',
        'classroom_task_queue_pollers{task_type="Activity",taskqueue="packing"} 0.0',
    ]


def test_the_largest_page_is_taken_by_prometheus() -> None:
    queues = [Queue(f"queue_{n}", "Workflow", 1, 1, 1) for n in range(MOST_QUEUES)]
    told = page(Seen(queues=queues)).decode()
    samples = [line for line in told.splitlines() if not line.startswith("#")]
    (job,) = (
        job
        for job in yaml.safe_load(configuration())["scrape_configs"]
        if job["job_name"] == "temporal-api"
    )
    assert len(samples) == 63
    assert len(samples) <= job["sample_limit"]


def test_a_name_that_an_attendee_chose_breaks_no_line() -> None:
    odd = Queue('a"b\n\\', "Workflow", backlog=1, age_s=0, pollers=0)
    assert r'taskqueue="a\"b\n\\"} 1.0' in page(Seen(queues=[odd])).decode()


def test_the_documentation_has_every_metric_of_the_page() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    told = page(Seen()).decode()
    names = [line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == told.count("# HELP")
    assert [name for name in names if f"\n| `{name}" not in text] == []
