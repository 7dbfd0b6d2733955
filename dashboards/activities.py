"""What became of activities, which attempts failed on the way, and how long they take."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import choices, links, shared, totals
from dashboards.board import board
from dashboards.choices import OF_ACTIVITY, WORKER_OF_ACTIVITY
from dashboards.panels import Query, bars, lines, numbers
from dashboards.promql import (
    WHILE,
    WORKER,
    gained,
    mean,
    of,
    of_worker,
    quantile,
    total,
    total_by,
)

RETRIES_OFTEN = 0.2
"""From here on the alert ActivitiesRetry speaks of it; see prometheus/seat.rules.yml."""

_ATTEMPT = "activity_start_to_close_latency"
_WHOLE = "activity_schedule_to_close_latency"

_HOW_TO_READ = """\
- An **activity** is what a workflow asks for, an **attempt** one try at it. Failed attempts that \
a retry made good show here alone.
- While an activity is retried, its history is silent: see *Pending Activities* in the Temporal UI.
- The row of all activities can't be narrowed.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        "activities-and-retries",
        "Activities and retries",
        "What became of activities, which attempts failed on the way, and how long they take.",
        (
            _ended(),
            shared.how_to_read("Activities, attempts, and what no metric tells.", _HOW_TO_READ),
            _attempts(),
            shared.activities(GridPos(x=0, y=8, w=16, h=4)),
            _local(),
            _attempts_now(),
            _failing(),
            _failed_by_type(),
            _given_up_by_type(),
            _attempt_takes(),
            _whole_takes(),
            _timeouts(),
            _worker_takes(),
        ),
        [choices.workflow_type(), choices.activity_type(), choices.task_queue()],
    )


def _ended() -> Stat:
    return numbers(
        "Activities ended since the server started",
        "Activities of the chosen types that ended, by how.\n\n"
        "- **Completed**: returned, at whichever attempt (`activity_success`)\n"
        "- **Failed**: given up after an attempt that failed (`activity_fail`)\n"
        "- **Timed out**: given up after an attempt that took too long (`activity_timeout`)\n"
        "- **Canceled**: asked to end, and did (`activity_cancel`)",
        [
            Query("Completed", totals.activities_completed(OF_ACTIVITY), {1: "green"}),
            Query("Failed", totals.activities_given_up(OF_ACTIVITY), {1: "red"}),
            Query("Timed out", totals.activities_timed_out(OF_ACTIVITY), {1: "orange"}),
            Query("Canceled", totals.activities_canceled(OF_ACTIVITY), {1: "blue"}),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[links.WORKFLOWS],
    )


def _attempts() -> Stat:
    return numbers(
        "Attempts since the server started",
        "Attempts of the chosen types that went wrong.\n\n"
        "- **Failed**: raised an error (`activity_task_fail`)\n"
        "- **Timed out**: took too long, or its worker died (`activity_task_timeout`)\n"
        "- **Retried**: those of both that got, or will get, another try",
        [
            Query("Failed", totals.attempts_failed(OF_ACTIVITY), {1: "red"}),
            Query("Timed out", totals.attempts_timed_out(OF_ACTIVITY), {1: "orange"}),
            Query("Retried", totals.activities_retried(OF_ACTIVITY), {1: "orange"}),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[links.with_status("Running")],
    )


def _local() -> Stat:
    return numbers(
        "Local activities of the worker",
        "Attempts at local activities since the worker started, and those that failed. They run "
        "inside a workflow task; the server sees a marker with their result, and counts nothing. "
        "Raw: `temporal_local_activity_execution_latency_count`, "
        "`temporal_local_activity_execution_failed`.",
        [
            Query(
                "attempts",
                total(
                    of_worker(
                        "temporal_local_activity_execution_latency_count", WORKER_OF_ACTIVITY
                    ),
                    WORKER,
                ),
            ),
            Query(
                "failed",
                total(
                    of_worker("temporal_local_activity_execution_failed", WORKER_OF_ACTIVITY),
                    WORKER,
                ),
                {1: "red"},
            ),
        ],
        GridPos(x=16, y=8, w=8, h=4),
        links=[links.WORKER_PAGE],
    )


def _attempts_now() -> TimeSeries:
    outcomes = {
        "completed": ("activity_success", "green"),
        "failed": ("activity_task_fail", "red"),
        "timed out": ("activity_task_timeout", "orange"),
        "canceled": ("activity_cancel", "blue"),
    }
    return shared.by_outcome(
        "Attempts that ended within a minute",
        "How many attempts ended within the minute before each moment, by how. Red among green is "
        "a service that is half dead, long before a workflow fails.",
        outcomes,
        OF_ACTIVITY,
        GridPos(x=0, y=12, w=12, h=7),
        links=[links.SERVER_PAGE],
    )


def _failing() -> TimeSeries:
    def lately(*metrics: str) -> str:
        return " + ".join(gained(of(metric, OF_ACTIVITY), within=WHILE) for metric in metrics)

    bad = lately("activity_task_fail", "activity_task_timeout")
    ended = lately("activity_success", "activity_task_fail", "activity_task_timeout")
    return lines(
        "Failed of all attempts",
        "Which share of the attempts that ended within five minutes failed or timed out; 0 if none "
        "ended. Above the dashed line, and from three of them on, the alert `ActivitiesRetry` "
        "fires.",
        [Query("last 5 minutes", f"({bad}) / clamp_min({ended}, 1)", {0: "red"})],
        GridPos(x=12, y=12, w=12, h=7),
        links=[links.with_status("Running")],
        unit="percentunit",
        limits={RETRIES_OFTEN: "orange"},
    )


def _failed_by_type() -> TimeSeries:
    wrong = of("", '__name__=~"activity_task_fail|activity_task_timeout"', OF_ACTIVITY)
    return lines(
        "Attempts that failed or timed out, by activity",
        "All such attempts since the server started, a line for each activity type. Raw: "
        "`activity_task_fail`, `activity_task_timeout`.",
        [Query("{{activityType}}", total_by("activityType", wrong))],
        GridPos(x=0, y=19, w=12, h=7),
        links=[links.with_status("Running")],
        unit="none",
        steps=True,
    )


def _given_up_by_type() -> TimeSeries:
    given_up = of("", '__name__=~"activity_fail|activity_timeout"', OF_ACTIVITY)
    return lines(
        "Activities given up, by activity",
        "Activities whose last attempt failed or timed out, since the server started, a line for "
        "each activity type. Their workflows got an error. Raw: `activity_fail`, "
        "`activity_timeout`.",
        [Query("{{activityType}}", total_by("activityType", given_up))],
        GridPos(x=12, y=19, w=12, h=7),
        links=[links.with_status("Failed")],
        unit="none",
        steps=True,
    )


def _attempt_takes() -> TimeSeries:
    return lines(
        "How long an attempt takes",
        "From a worker's start on it to its result, of the attempts that ended within five "
        "minutes; 0 if none did. One that timed out has no result, and is not in here. As exact "
        f"as the histogram's bounds: 1, 2, 5, 10 ms and so on. Raw: `{_ATTEMPT}_bucket`.",
        _shares(_ATTEMPT),
        GridPos(x=0, y=26, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
    )


def _whole_takes() -> TimeSeries:
    return lines(
        "How long an activity takes, retries included",
        "From the moment a workflow asked for it to its end, with its wait in the queue, all its "
        "attempts and the pauses between them; 0 if none ended within five minutes. Raw: "
        f"`{_WHOLE}_bucket`.",
        _shares(_WHOLE),
        GridPos(x=12, y=26, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
    )


def _shares(histogram: str) -> list[Query]:
    return [
        Query("half", quantile(0.5, histogram, OF_ACTIVITY), {0: "green"}),
        Query("95 %", quantile(0.95, histogram, OF_ACTIVITY), {0: "orange"}),
        Query("mean", mean(histogram, OF_ACTIVITY, within=WHILE), {0: "blue"}),
    ]


def _timeouts() -> BarGauge:
    return bars(
        "Attempts that timed out, by which timeout",
        "Since the server started: *StartToClose* is an attempt that took too long, or whose "
        "worker died; *Heartbeat* one that fell silent; *ScheduleToStart* one that nobody took; "
        "*ScheduleToClose* one whose activity as a whole took too long. Raw: "
        "`activity_task_timeout`.",
        [
            Query(
                "{{timeout_type}}",
                total_by("timeout_type", of("activity_task_timeout", OF_ACTIVITY)),
            )
        ],
        GridPos(x=0, y=33, w=12, h=7),
        links=[links.SERVER_PAGE],
    )


def _worker_takes() -> TimeSeries:
    histogram = "temporal_activity_execution_latency"
    return lines(
        "How long your code takes, by the worker",
        "The same attempts as the worker measures them, in milliseconds: failed ones too, and "
        "nothing but your code. What the server measures above adds the way there and back. Raw: "
        f"`{histogram}_bucket`, with coarser bounds: 50, 100, 500 ms, 1, 5, 10, 60 s.",
        [
            Query("half", quantile(0.5, histogram, WORKER_OF_ACTIVITY, WORKER), {0: "green"}),
            Query("95 %", quantile(0.95, histogram, WORKER_OF_ACTIVITY, WORKER), {0: "orange"}),
            Query(
                "mean",
                mean(histogram, WORKER_OF_ACTIVITY, WORKER, within=WHILE),
                {0: "blue"},
            ),
        ],
        GridPos(x=12, y=33, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="ms",
        at_least=100,
    )
