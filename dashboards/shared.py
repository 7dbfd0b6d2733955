"""Panels that more than one dashboard has: the same question has the same answer everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.text import Panel as Text
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos, ValueMappingResult

from dashboards import links, totals
from dashboards.links import Link
from dashboards.panels import Mappings, Query, lines, numbers, words
from dashboards.promql import WORKER, gained, mean, of, of_worker, total

WAITS_LONG_S = 1.0
"""From here on the alert TasksWait speaks of a wait; see prometheus/seat.rules.yml."""

_POLLS: Mappings = {
    "2": ValueMappingResult(text="yes", color="green", index=0),
    "1": ValueMappingResult(text="no, it only answers", color="orange", index=1),
    "0": ValueMappingResult(text="no worker on :8080", color="orange", index=2),
}


def how_to_read(description: str, markdown: str, *more: Link) -> Text:
    """What a page's numbers mean, in its upper right corner; ``more`` links beside the guide's."""
    return words(
        "How to read this page",
        description,
        markdown,
        GridPos(x=16, y=0, w=8, h=8),
        links=[links.GUIDE, *more],
    )


def by_outcome(
    title: str,
    description: str,
    outcomes: Mapping[str, tuple[str, str]],
    selector: str,
    where: GridPos,
    *,
    links: Sequence[Link],
) -> TimeSeries:
    """What ended within the minute before each moment: outcome -> its counter and its color."""
    return lines(
        title,
        description,
        [
            Query(name, gained(of(metric, selector)), {0: color})
            for name, (metric, color) in outcomes.items()
        ],
        where,
        links=links,
        unit="none",
        steps=True,
    )


def workflows(where: GridPos) -> Stat:
    """How many workflows began, and how they ended."""
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
            Query("Started", totals.workflows_started(), link=links.WORKFLOWS),
            Query(
                "Completed",
                totals.workflows_completed(),
                {1: "green"},
                links.with_status("Completed"),
            ),
            Query("Failed", totals.workflows_failed(), {1: "red"}, links.with_status("Failed")),
            Query(
                "Timed out",
                totals.workflows_timed_out(),
                {1: "orange"},
                links.with_status("TimedOut"),
            ),
            Query(
                "Other endings",
                totals.workflows_ended_otherwise(),
                {1: "blue"},
                links.with_status("Canceled", "Terminated", "ContinuedAsNew"),
            ),
        ],
        where,
        links=[links.WORKFLOWS],
    )


def activities(where: GridPos) -> Stat:
    """What workflows asked for, and what became of it."""
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
        where,
        links=[links.with_status("Running"), links.SERVER_PAGE],
    )


def polling(where: GridPos) -> Stat:
    """Does a worker ask for tasks?"""
    pollers = total(of_worker("temporal_num_pollers"), WORKER)
    return numbers(
        "Is a worker polling?",
        "Whether the worker that serves :8080/metrics asks the server for tasks. Until you start "
        "a worker of your own, that is the small one that came with your seat. A second worker "
        "beside it, on :8081, is found within half a minute, and this page adds them up.",
        [Query("Worker", f'({pollers} > bool 0) + 1 or max(up{{job="{WORKER}"}}) == 0')],
        where,
        links=[links.WORKER_PAGE],
        mappings=_POLLS,
    )


def pollers(where: GridPos) -> Stat:
    """For how many tasks does it ask at a time?"""

    def of_kind(kind: str) -> str:
        return total(of_worker("temporal_num_pollers", f"poller_type{kind}"), WORKER)

    return numbers(
        "Open polls of the worker",
        "How many requests for tasks the worker has open at the server, for workflow tasks and for "
        "activities. A worker without activities polls for none.",
        [
            Query("workflows", of_kind('=~".*workflow_task"')),
            Query("activities", of_kind('="activity_task"')),
        ],
        where,
        links=[links.WORKER_PAGE],
    )


def slots(where: GridPos) -> Stat:
    """How much of what it can do is it doing?"""
    return numbers(
        "Busy task slots of the worker",
        "How much of what the worker may do at the same time it is doing right now. At 100 % it "
        "asks for no further tasks, and they wait in the queue.",
        [
            Query("workflows", busy("WorkflowWorker"), {0.8: "orange", 1: "red"}),
            Query("activities", busy("ActivityWorker"), {0.8: "orange", 1: "red"}),
        ],
        where,
        links=[links.WORKER_PAGE],
        unit="percentunit",
    )


def busy(kind: str, only: str = "") -> str:
    """Return the share of a worker's slots that are taken; 0 for one that has none of the kind."""
    labels = (f'worker_type="{kind}"', only)
    used = total(of_worker("temporal_worker_task_slots_used", *labels), WORKER)
    free = total(of_worker("temporal_worker_task_slots_available", *labels), WORKER)
    return f"{used} / clamp_min({used} + {free}, 1)"


def waiting(where: GridPos) -> TimeSeries:
    """How long do tasks lie in their queue?"""
    return lines(
        "Schedule-to-start latency",
        "How long the tasks that a worker took within the last minute had waited in their queue, "
        "on average; 0 when no task was taken. A task that still waits is not in here, nor is an "
        "activity that was handed to its worker at once. Above the dashed line, tasks wait for "
        "workers or slots.",
        [
            Query(
                f"{kind.lower()} tasks",
                mean("task_schedule_to_start_latency", f'task_type="{kind}"'),
            )
            for kind in ("Workflow", "Activity")
        ],
        where,
        links=[links.SERVER_PAGE],
        unit="s",
        limits={WAITS_LONG_S: "orange"},
    )
