"""How workflows end, how long they take, and what they ask for on their way."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import choices, links, shared, totals
from dashboards.board import board
from dashboards.choices import OF_WORKFLOW, WORKER_OF_WORKFLOW
from dashboards.panels import Query, bars, lines, numbers
from dashboards.promql import (
    API,
    WHILE,
    WORKER,
    buckets,
    gained,
    mean,
    of,
    of_worker,
    quantile,
    total,
    total_by,
)

FAILS_OFTEN = 0.1
"""From here on the alert WorkflowsFail speaks of it; see prometheus/seat.rules.yml."""

_DURATION = "workflow_schedule_to_close_latency"

_HOW_TO_READ = """\
- Choose types and queues at the top. What says **all** can't be narrowed.
- A **stuck** workflow is open like any other. The worker counts each failure of its task (*Failed \
workflow tasks*), the server's API tells how many there are (last panel), and the second link in \
this corner lists them.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        "workflows",
        "Workflows",
        "How workflows end, how long they take, and what they ask for on their way.",
        (
            _ended(),
            shared.how_to_read(
                "What can be chosen, and what no metric tells.", _HOW_TO_READ, links.STUCK
            ),
            _open(),
            _failing(),
            _ending_now(),
            _durations(),
            _by_type(),
            _spread(),
            _commands(),
            _messages(),
            _failed_tasks(),
            _open_asked(),
        ),
        [choices.workflow_type(), choices.task_queue()],
    )


def _ended() -> Stat:
    return numbers(
        "Workflows ended since the server started",
        "Runs of the chosen types and queues that ended, by how. Raw: `workflow_success`, "
        "`workflow_failed`, `workflow_timeout`, `workflow_cancel`, `workflow_terminate`, "
        "`workflow_continued_as_new`.",
        [
            Query(
                "Completed",
                totals.workflows_completed(OF_WORKFLOW),
                {1: "green"},
                links.with_status("Completed"),
            ),
            Query(
                "Failed",
                totals.workflows_failed(OF_WORKFLOW),
                {1: "red"},
                links.with_status("Failed"),
            ),
            Query(
                "Timed out",
                totals.workflows_timed_out(OF_WORKFLOW),
                {1: "orange"},
                links.with_status("TimedOut"),
            ),
            Query(
                "Canceled",
                totals.workflows_canceled(OF_WORKFLOW),
                {1: "blue"},
                links.with_status("Canceled"),
            ),
            Query(
                "Terminated",
                totals.workflows_terminated(OF_WORKFLOW),
                {1: "purple"},
                links.with_status("Terminated"),
            ),
            Query(
                "Continued",
                totals.workflows_continued(OF_WORKFLOW),
                {1: "blue"},
                links.with_status("ContinuedAsNew"),
            ),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[links.WORKFLOWS],
    )


def _open() -> Stat:
    started, ended = totals.workflows_started(), totals.workflows_ended()
    return numbers(
        "All workflows",
        "Runs of all types that began since the server started, and how many of these are open "
        "now. Those that were open before a restart of the server are not in here: the Temporal "
        "UI knows them.",
        [
            Query("Started", started, link=links.WORKFLOWS),
            Query("Open", f"{started} - {ended}", {1: "blue"}, links.with_status("Running")),
        ],
        GridPos(x=0, y=4, w=8, h=4),
        links=[links.with_status("Running")],
    )


def _failing() -> Stat:
    bad = " + ".join(
        gained(of(metric, OF_WORKFLOW), within=WHILE)
        for metric in ("workflow_failed", "workflow_timeout")
    )
    ended = gained(of(totals.ENDED, OF_WORKFLOW), within=WHILE)
    return numbers(
        "Failed of those that ended",
        "Which share of the runs that ended within five minutes failed or timed out; 0 if none "
        "ended. From one in ten on, the alert `WorkflowsFail` fires.",
        [
            Query(
                "last 5 minutes",
                f"({bad}) / clamp_min({ended}, 1)",
                {FAILS_OFTEN: "orange", 0.5: "red"},
                links.with_status("Failed", "TimedOut"),
            )
        ],
        GridPos(x=8, y=4, w=8, h=4),
        links=[links.with_status("Failed", "TimedOut")],
        unit="percentunit",
    )


def _ending_now() -> TimeSeries:
    outcomes = {
        "completed": ("workflow_success", "green"),
        "failed": ("workflow_failed", "red"),
        "timed out": ("workflow_timeout", "orange"),
        "canceled": ("workflow_cancel", "blue"),
        "terminated": ("workflow_terminate", "purple"),
        "continued": ("workflow_continued_as_new", "super-light-blue"),
    }
    return shared.by_outcome(
        "Ended within a minute",
        "How many runs ended within the minute before each moment, by how. A bump is a minute "
        "wide, however short what made it.",
        outcomes,
        OF_WORKFLOW,
        GridPos(x=0, y=8, w=12, h=7),
        links=[links.WORKFLOWS],
    )


def _durations() -> TimeSeries:
    return lines(
        "How long workflows take",
        "From start to end, of the runs that ended within five minutes; 0 if none did. Half of "
        "them took less than the line *half*, 95 % less than *95 %*, as exactly as the "
        "histogram's bounds are close: 1, 2, 5, 10, 20, 50 s and so on. Raw: "
        f"`{_DURATION}_bucket`.",
        [
            Query("half", quantile(0.5, _DURATION, OF_WORKFLOW), {0: "green"}),
            Query("95 %", quantile(0.95, _DURATION, OF_WORKFLOW), {0: "orange"}),
            Query("mean", mean(_DURATION, OF_WORKFLOW, within=WHILE), {0: "blue"}),
        ],
        GridPos(x=12, y=8, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
    )


def _by_type() -> TimeSeries:
    return lines(
        "Ended, by type",
        "Runs that ended in any way since the server started, a line for each workflow type. When "
        f"it starts a run, the server does not count by type. Raw: `{totals.ENDED}`.",
        [Query("{{workflowType}}", total_by("workflowType", of(totals.ENDED, OF_WORKFLOW)))],
        GridPos(x=0, y=15, w=12, h=7),
        links=[links.WORKFLOWS],
        unit="none",
        steps=True,
    )


def _spread() -> BarGauge:
    return bars(
        "How many took how long",
        "Runs since the server started, by their time from start to end: the histogram itself. A "
        "bar is named after its upper bound in seconds, and holds what is above the bar before. "
        f"Raw: `{_DURATION}_bucket`, which counts up to each bound.",
        [Query("{{le}}", buckets(_DURATION, OF_WORKFLOW))],
        GridPos(x=12, y=15, w=12, h=14),
        links=[links.SERVER_PAGE],
        buckets=True,
    )


def _commands() -> BarGauge:
    return bars(
        "What all workflows asked for",
        "Commands that workers sent on behalf of all workflows since the server started: timers, "
        "activities, children, endings. These are the events of histories. Raw: `command`.",
        [Query("{{commandType}}", total_by("commandType", "command"))],
        GridPos(x=0, y=22, w=12, h=7),
        links=[links.WORKFLOWS, links.SERVER_PAGE],
    )


def _messages() -> Stat:
    asked = 'query_type="__user_defined"'
    return numbers(
        "Messages to all workflows",
        "What reached workflows from outside since the server started. What the server refused, "
        "such as a signal to a workflow that had ended, is not in here.\n\n"
        "- **Signals**: also those of a signal-with-start\n"
        "- **Queries**: of handlers that you wrote; they leave no event in a history\n"
        "- **Updates**: requests that a workflow accepts or rejects\n"
        "- **Cancel requests**: whether the workflow obeys is its own business",
        [
            Query("Signals", totals.accepted("SignalWorkflowExecution|SignalWithStart.*")),
            Query("Queries", total(of("workflow_query_success_count", asked))),
            Query("Updates", totals.accepted("UpdateWorkflowExecution")),
            Query("Cancel requests", totals.accepted("RequestCancelWorkflowExecution")),
        ],
        GridPos(x=0, y=29, w=12, h=6),
        links=[links.WORKFLOWS],
    )


def _failed_tasks() -> TimeSeries:
    seen = of_worker("temporal_workflow_task_execution_failed", WORKER_OF_WORKFLOW)
    return lines(
        "Failed workflow tasks",
        "A workflow task fails when the workflow's code can't go on: a bug, or code that no longer "
        "fits its history. It is tried again for ever, and the workflow stays open. The server "
        "(of all workflows) counts only the first failure of a task, so it stands still while one "
        "is stuck; the worker, since it started, counts every attempt and goes on rising.",
        [
            Query("server: first failures", total("failed_workflow_tasks"), {0: "orange"}),
            Query("worker: every attempt", total(seen, WORKER), {0: "red"}),
        ],
        GridPos(x=12, y=29, w=12, h=6),
        links=[links.STUCK, links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _open_asked() -> TimeSeries:
    return lines(
        "Open workflows, asked of the server",
        "How many workflows are open, from whenever they are, and how many of these are stuck: "
        "their workflow task fails again and again, as the server itself reports from a minute "
        "after the first failure on. No metric of the server's tells; this comes from its API, "
        "which the workspace asks every 30 s, and a gap is a time in which nobody could know. Of "
        "the newest 20 it asks for their task queues too (*looked at*). Raw: "
        "`classroom_workflows_running`, `classroom_workflows_stuck`, "
        "`classroom_workflows_looked_at`.",
        [
            # First, since it is mostly the same as what is open, which is drawn over it.
            Query("looked at", total("classroom_workflows_looked_at", API), {0: "green"}),
            Query("open", total("classroom_workflows_running", API), {0: "blue"}),
            Query("stuck", total("classroom_workflows_stuck", API), {0: "red"}),
        ],
        GridPos(x=0, y=35, w=24, h=6),
        links=[links.STUCK, links.ASKED_PAGE],
        unit="none",
        steps=True,
    )
