"""The first dashboard: what has happened on this seat, and does a worker work?

It is also Grafana's home page, and fits on a screen of 1280 x 800 pixels without scrolling.
"""

from __future__ import annotations

from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.text import Panel as Text
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    GridPos,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from dashboards import totals
from dashboards.panels import SOURCE, Mappings, Query, header_link, lines, numbers, words
from dashboards.promql import WORKER, mean_of_last_minute, total, total_by

UID = "start-here"
"""The image takes the file of this name for Grafana's home page."""

_WORKFLOWS = "/temporal/namespaces/default/workflows"

_HOW_TO_READ = """\
- Both rows count **since your Temporal server started**. A restart sets them back to 0; your \
workflows are safe.
- **Started** minus all endings = still open.
- Numbers are up to 15 seconds old. **unknown** means that nobody could measure: it is not 0.
- Click a number of workflows to see them. Hover over **i** to read what a panel shows.
"""

_POLLS: Mappings = {
    "2": ValueMappingResult(text="yes", color="green", index=0),
    "1": ValueMappingResult(text="no, it only answers", color="orange", index=1),
    "0": ValueMappingResult(text="no worker on :8080", color="orange", index=2),
}


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    panels = (
        _workflows(),
        _how_to_read(),
        _activities(),
        _polling(),
        _pollers(),
        _slots(),
        _started_and_ended(),
        _ended_by_type(),
        _waiting(),
    )
    built = (
        dashboards.Dashboard("Start here")
        .uid(UID)
        .description("What has happened on your Temporal server, and does a worker work?")
        .tags(["classroom"])
        .editable()
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-30m", "now")
        .refresh("10s")
        .link(header_link("Temporal UI", "/temporal/", "external link", "Every workflow, in full"))
        .link(header_link("Workspace", "/workspace/", "external link", "Your files and terminals"))
        .with_variable(_workflow_type())
    )
    for panel in panels:
        built.with_panel(panel)
    return built


def _with_status(*statuses: str) -> tuple[str, str]:
    query = " OR ".join(f'ExecutionStatus="{status}"' for status in statuses)
    return "See them in the Temporal UI", f"{_WORKFLOWS}?query={quote(query)}"


def _workflows() -> Stat:
    return numbers(
        "Workflows since the server started",
        "How many runs began, and how they ended. Child workflows and the continuations of "
        "continue-as-new are runs of their own, as in the Temporal UI.\n\n"
        "- **Started**: by you, by a parent, by continue-as-new, by a retry or a reset\n"
        "- **Completed**: the workflow returned\n"
        "- **Failed**: it raised an error that is final\n"
        "- **Timed out**: it took longer than its execution or run timeout\n"
        "- **Other endings**: canceled, terminated, or continued as new",
        [
            Query("Started", totals.workflows_started(), link=("See them all", _WORKFLOWS)),
            Query(
                "Completed", totals.workflows_completed(), {1: "green"}, _with_status("Completed")
            ),
            Query("Failed", totals.workflows_failed(), {1: "red"}, _with_status("Failed")),
            Query(
                "Timed out", totals.workflows_timed_out(), {1: "orange"}, _with_status("TimedOut")
            ),
            Query(
                "Other endings",
                totals.workflows_ended_otherwise(),
                {1: "blue"},
                _with_status("Canceled", "Terminated", "ContinuedAsNew"),
            ),
        ],
        GridPos(x=0, y=0, w=16, h=4),
    )


def _activities() -> Stat:
    return numbers(
        "Activities since the server started",
        "What workflows asked for, and what workers made of it. Local activities are not in here: "
        "the server only sees their results.\n\n"
        "- **Scheduled**: a workflow asked for an activity\n"
        "- **Started**: a worker got it; every retry starts it once more\n"
        "- **Completed**: it returned\n"
        "- **Failed**: it was given up, after its last attempt failed or timed out\n"
        "- **Retried**: attempts that failed or timed out and got another try",
        [
            Query("Scheduled", totals.activities_scheduled()),
            Query("Started", totals.activities_started()),
            Query("Completed", totals.activities_completed(), {1: "green"}),
            Query("Failed", totals.activities_failed(), {1: "red"}),
            Query("Retried", totals.activities_retried(), {1: "orange"}),
        ],
        GridPos(x=0, y=4, w=16, h=4),
    )


def _how_to_read() -> Text:
    return words(
        "How to read this page",
        "What the numbers mean and where they come from.",
        _HOW_TO_READ,
        GridPos(x=16, y=0, w=8, h=8),
    )


def _polling() -> Stat:
    pollers = _worker("temporal_num_pollers")
    return numbers(
        "Is a worker polling?",
        "Whether the worker that serves :8080/metrics asks the server for tasks. Until you start "
        "a worker of your own, that is the small one that came with your seat. If you started a "
        "second worker beside it, this page shows the first alone.",
        [Query("Worker", f'({pollers} > bool 0) + 1 or up{{job="{WORKER}"}} == 0')],
        GridPos(x=0, y=8, w=8, h=3),
        mappings=_POLLS,
    )


def _pollers() -> Stat:
    return numbers(
        "Open polls of the worker",
        "How many requests for tasks the worker has open at the server, for workflow tasks and for "
        "activities. A worker without activities polls for none.",
        [
            Query("workflows", _worker("temporal_num_pollers", 'poller_type=~".*workflow_task"')),
            Query("activities", _worker("temporal_num_pollers", 'poller_type="activity_task"')),
        ],
        GridPos(x=8, y=8, w=8, h=3),
    )


def _slots() -> Stat:
    return numbers(
        "Busy task slots of the worker",
        "How much of what the worker may do at the same time it is doing right now. At 100 % it "
        "asks for no further tasks, and they wait in the queue.",
        [
            Query("workflows", _busy("WorkflowWorker"), {0.8: "orange", 1: "red"}),
            Query("activities", _busy("ActivityWorker"), {0.8: "orange", 1: "red"}),
        ],
        GridPos(x=16, y=8, w=8, h=3),
        unit="percentunit",
    )


def _busy(kind: str) -> str:
    """Share of a worker's slots that are taken; 0 for a worker that has none of the kind."""
    used = _worker("temporal_worker_task_slots_used", f'worker_type="{kind}"')
    free = _worker("temporal_worker_task_slots_available", f'worker_type="{kind}"')
    return f"{used} / clamp_min({used} + {free}, 1)"


def _worker(metric: str, *labels: str) -> str:
    """Sum of a worker's metric; the server's own workers have metrics of the same names."""
    selected = ",".join((f'job="{WORKER}"', *labels))
    return total(f"{metric}{{{selected}}}", WORKER)


def _started_and_ended() -> TimeSeries:
    return lines(
        "Workflows started and ended",
        "All runs that began and all that ended, in whatever way, since the server started. Where "
        "the lines lie apart, that many workflows are open at that time.",
        [
            Query("started", totals.workflows_started(), {0: "blue"}),
            Query("ended", totals.workflows_ended(), {0: "green"}),
        ],
        GridPos(x=0, y=11, w=8, h=6),
        unit="none",
        steps=True,
    )


def _ended_by_type() -> TimeSeries:
    return lines(
        "Ended, by type",
        "Runs that ended in any way since the server started, a line for each workflow type. "
        "Choose types at the top of the page. (When it starts a run, the server does not count "
        "by type.)",
        [
            Query(
                "{{workflowType}}",
                total_by("workflowType", f'{totals.ENDED}{{workflowType=~"$type"}}'),
            )
        ],
        GridPos(x=8, y=11, w=8, h=6),
        unit="none",
        steps=True,
    )


def _waiting() -> TimeSeries:
    histogram = "task_schedule_to_start_latency"
    return lines(
        "Schedule-to-start latency",
        "How long the tasks that a worker took within the last minute had waited in their queue, "
        "on average; 0 when no task was taken. A task that still waits is not in here, nor is an "
        "activity that was handed to its worker at once.",
        [
            Query(
                f"{kind.lower()} tasks",
                mean_of_last_minute(histogram, f'task_type="{kind}"'),
            )
            for kind in ("Workflow", "Activity")
        ],
        GridPos(x=16, y=11, w=8, h=6),
        unit="s",
    )


def _workflow_type() -> dashboards.QueryVariable:
    return (
        dashboards.QueryVariable("type")
        .label("Ended, by type")
        .description("Which types the graph of ended workflows shows.")
        .datasource(SOURCE)
        .query(f"label_values({totals.ENDED}, workflowType)")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
