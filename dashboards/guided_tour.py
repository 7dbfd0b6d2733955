"""The course's observability lab, bullet by bullet: what to look at, how to read it, what feeds it.

Each stop is a text beside the panel that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import choices, links, server, shared, totals
from dashboards.board import Panel, board
from dashboards.choices import (
    ON_QUEUE,
    WORKER_OF_ACTIVITY,
    WORKER_ON_QUEUE,
)
from dashboards.links import Link
from dashboards.panels import Query, bars, lines, numbers, words
from dashboards.promql import (
    SERVER,
    WORKER,
    buckets,
    gained,
    of,
    of_worker,
    quantile,
    total_by,
)

_WIDTH = 24
_TEXT = 9
_HEIGHT = 9
_EXECUTION = "temporal_activity_execution_latency"
_WAIT = "task_schedule_to_start_latency"


@dataclass(frozen=True)
class Stop:
    """One bullet of the lab: its words, how to read the panels beside it, and what feeds them."""

    name: str
    bullet: str
    reading: str
    raw: tuple[str, ...]
    link: Link
    panels: tuple[Panel, ...]


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    stops = (
        _server_page(),
        _worker_page(),
        _workflows(),
        _activities(),
        _workers(),
        _resources(),
        _histograms(),
        _patterns(),
        _compared(),
    )
    return board(
        "lab-5-guided-tour",
        "Lab 5 guided tour",
        "The observability lab, bullet by bullet: what to look at, and how to read it.",
        [panel for number, stop in enumerate(stops) for panel in _laid_out(number, stop)],
        [choices.workflow_type(), choices.activity_type(), choices.task_queue()],
    )


def _laid_out(number: int, stop: Stop) -> list[Panel]:
    """Put a stop's words to the left, and its panels into what is left of the row."""
    top = number * _HEIGHT
    raw = " ".join(f"`{line}`" for line in stop.raw)
    text = words(
        f"{number + 1}. {stop.name}",
        f"What the course's lab says here, how to read the panels beside it, and what feeds them: "
        f"{stop.bullet}.",
        f"**{stop.bullet}**\n\n{stop.reading}\n\n**Raw:** {raw}\n",
        GridPos(x=0, y=top, w=_TEXT, h=_HEIGHT),
        links=[stop.link, links.GUIDE],
    )
    width, over = divmod(_WIDTH - _TEXT, len(stop.panels))
    for index, panel in enumerate(stop.panels):
        last = index == len(stop.panels) - 1
        left = _TEXT + index * width
        panel.grid_pos(GridPos(x=left, y=top, w=width + over * last, h=_HEIGHT))
    return [text, *stop.panels]


def _anywhere() -> GridPos:
    return GridPos(x=0, y=0, w=_WIDTH - _TEXT, h=_HEIGHT - 2)


def _server_page() -> Stop:
    panel = numbers(
        "Is the server's page read?",
        "Whether the page answered Prometheus, how many lines it had, and how many of them "
        "Prometheus keeps: those that are on a dashboard or in a lab.",
        [
            Query("Answering", f'up{{job="{SERVER}"}}', {0: "red", 1: "green"}),
            Query("Lines", f'scrape_samples_scraped{{job="{SERVER}"}}'),
            Query("Kept", f'scrape_samples_post_metric_relabeling{{job="{SERVER}"}}'),
        ],
        _anywhere(),
        links=[links.SERVER_PAGE],
    )
    return Stop(
        "The server's page",
        "Server metrics at :7233/metrics",
        "Open the page by the link in this corner: a line is a name, labels in braces, a value. "
        "Prometheus reads it every 15 seconds. A page that nobody can read is **unknown** here, "
        "never 0.",
        ("curl -s temporal:9233/metrics", f'up{{job="{SERVER}"}}'),
        links.SERVER_PAGE,
        (panel,),
    )


def _worker_page() -> Stop:
    here = f'{{job="{WORKER}"}}'
    panel = numbers(
        "Are the workers' pages read?",
        "How many worker processes answer, and how many lines their pages have together.",
        [
            Query("Answering", f"sum(up{here})", {0: "orange", 1: "green"}),
            Query("Lines", f"sum(scrape_samples_scraped{here})"),
        ],
        _anywhere(),
        links=[links.WORKER_PAGE],
    )
    return Stop(
        "The workers' pages",
        "Worker metrics at :8080/metrics",
        "End your worker, and look here after five seconds. That no worker answers may be the most "
        "important thing that a metric can tell, and it is Prometheus that tells it.",
        ("curl -s localhost:8080/metrics", f'up{{job="{WORKER}"}}'),
        links.WORKER_PAGE,
        (panel,),
    )


def _workflows() -> Stop:
    return Stop(
        "Workflows",
        "Workflow metrics: started, completed, failed, timed out",
        "Place an order that is refused, and one that times out: which number rises? **A worker "
        "never hears of a timeout**: the server ends the workflow and asks no code.",
        ("workflow_success", "workflow_failed", "workflow_timeout"),
        links.WORKFLOWS,
        (shared.workflows(_anywhere()),),
    )


def _activities() -> Stop:
    return Stop(
        "Activities",
        "Activity metrics: scheduled, started, completed, failed, retry attempts",
        "An order whose payment service is down twice completes, and no number of workflows tells. "
        "*Retried* does. Started is scheduled and retried together, once all are taken.",
        (
            'command{commandType="ScheduleActivityTask"}',
            "activity_success",
            "activity_task_fail",
            "activity_fail",
            "activity_timeout",
        ),
        links.SERVER_PAGE,
        (shared.activities(_anywhere()),),
    )


def _workers() -> Stop:
    polls = lines(
        "Open polls",
        "How many requests for tasks the worker has open at the server, by kind.",
        [
            Query(
                "{{poller_type}}",
                total_by("poller_type", of_worker("temporal_num_pollers", WORKER_ON_QUEUE), WORKER),
            )
        ],
        _anywhere(),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )
    polled = of_worker("temporal_workflow_task_queue_poll_succeed", WORKER_ON_QUEUE)
    received = of_worker("temporal_activity_task_received", WORKER_ON_QUEUE)
    taken = lines(
        "Tasks taken within a minute",
        "Tasks that the worker got within the minute before each moment.",
        [
            Query("workflow tasks", gained(polled, WORKER), {0: "blue"}),
            Query("activity tasks", gained(received, WORKER), {0: "green"}),
        ],
        _anywhere(),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )
    return Stop(
        "Workers",
        "Worker metrics: polling of task queues, processing rates",
        "A worker asks for tasks, all the time: left. What it gets: right. With all slots taken it "
        "stops asking (`lab worker D2L5 --slots 1` and forty orders).",
        (
            "temporal_num_pollers",
            "temporal_workflow_task_queue_poll_succeed",
            "temporal_activity_task_received",
        ),
        links.WORKER_PAGE,
        (polls, taken),
    )


def _resources() -> Stop:
    database = lines(
        "Database",
        "What the server asked its database within the minute before each moment.",
        [Query("requests", gained("persistence_requests"), {0: "blue"})],
        _anywhere(),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )
    return Stop(
        "Resources",
        "Resource metrics: goroutines, memory, database",
        "Goroutines and memory stand on the page once for each of four services, which are one "
        "process here: never add them up. For database *connections* there is no metric: read what "
        "the server asks its database.",
        ("num_goroutines", "memory_heapinuse", "persistence_requests"),
        links.SERVER_PAGE,
        (server.goroutines(_anywhere()), server.memory(_anywhere()), database),
    )


def _histograms() -> Stop:
    bounds = bars(
        "Durations",
        "Attempts at activities since the worker started. A bar is named after its upper bound in "
        "milliseconds, and holds what is above the bar before.",
        [Query("{{le}}", buckets(_EXECUTION, WORKER_OF_ACTIVITY, WORKER))],
        _anywhere(),
        links=[links.WORKER_PAGE],
        buckets=True,
    )
    execution = lines(
        "Run, 95 %",
        "95 % of the attempts that ended within five minutes took less than this, as the worker "
        "measures them; 0 if there was none.",
        [Query("execution", quantile(0.95, _EXECUTION, WORKER_OF_ACTIVITY, WORKER), {0: "orange"})],
        _anywhere(),
        links=[links.WORKER_PAGE],
        unit="ms",
        at_least=100,
    )
    wait = lines(
        "Wait, 95 %",
        "95 % of the tasks that were taken within five minutes had waited less than this, as the "
        "server measures it; 0 if there was none. Above the dashed line, there are too few "
        "workers.",
        [
            Query(f"{kind.lower()} tasks", quantile(0.95, _WAIT, f'task_type="{kind}",{ON_QUEUE}'))
            for kind in ("Workflow", "Activity")
        ],
        _anywhere(),
        links=[links.SERVER_PAGE],
        unit="s",
        limits={shared.WAITS_LONG_S: "orange"},
    )
    return Stop(
        "Histograms",
        "Histograms: execution times and waits in the queue",
        "A histogram counts by bounds; a quantile is a guess between two of them, as exact as they "
        "are close. Long in the queue: too few workers. Long in the activity: a slow service.",
        (f"{_EXECUTION}_bucket", f"{_WAIT}_bucket"),
        links.WORKER_PAGE,
        (bounds, execution, wait),
    )


def _patterns() -> Stop:
    def by_type(name: str, metric: str, color: str) -> Query:
        series = of(metric, choices.OF_WORKFLOW)
        return Query(f"{{{{workflowType}}}} {name}", total_by("workflowType", series), {0: color})

    panel = bars(
        "Workflows by type, and how they ended",
        "Runs that ended since the server started, by workflow type and outcome.",
        [
            by_type("completed", "workflow_success", "green"),
            by_type("failed", "workflow_failed", "red"),
            by_type("timed out", "workflow_timeout", "orange"),
        ],
        _anywhere(),
        links=[links.WORKFLOWS],
    )
    return Stop(
        "Queries of your own",
        "Query metrics with a browser or curl",
        "Every panel is a query: click its title, then *Explore*, and change it. `sum by (…)` "
        "chooses which labels stay: here the workflow type.",
        (
            "curl -s prometheus:9090/prometheus/api/v1/query "
            "-d 'query=sum by (workflowType) (workflow_success)'",
        ),
        links.GUIDE,
        (panel,),
    )


def _compared() -> Stop:
    started, ended = totals.workflows_started(), totals.workflows_ended()
    panel = numbers(
        "Click a number, and count",
        "What metrics say; a click leads to the list of the Temporal UI that should be as long.",
        [
            Query("All", started, link=links.WORKFLOWS),
            Query("Running", f"{started} - {ended}", {1: "blue"}, links.with_status("Running")),
            Query(
                "Completed",
                totals.workflows_completed(),
                {1: "green"},
                links.with_status("Completed"),
            ),
            Query("Failed", totals.workflows_failed(), {1: "red"}, links.with_status("Failed")),
        ],
        _anywhere(),
        links=[links.WORKFLOWS],
    )
    return Stop(
        "Metrics and workflows",
        "Metrics compared with the workflows in the Temporal UI at :8233",
        "The UI lists every workflow that the server still keeps, by name; metrics count since its "
        "process began. After a restart of the server the lists are the same, and these numbers "
        "stand at 0.",
        (
            "workflow_success",
            "workflow_failed",
            "temporal workflow count",
        ),
        links.WORKFLOWS,
        (panel,),
    )
