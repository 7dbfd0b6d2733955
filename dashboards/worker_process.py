"""A Python worker from inside: its code, its talk with the server, and metrics of one's own."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import choices, links, shared
from dashboards.board import board
from dashboards.choices import WORKER_OF_ACTIVITY, WORKER_OF_WORKFLOW
from dashboards.panels import Query, bars, lines, numbers
from dashboards.promql import (
    WHILE,
    WORKER,
    gained_by,
    mean,
    mean_by,
    of,
    of_worker,
    quantile,
    total_by,
)

_PROGRAM = 'job="workspace"'
_NO_PROGRAM = "no such program"

_HOW_TO_READ = """\
- Times are in **milliseconds**, and each number begins anew with the process.
- **Memory and CPU of the worker are not among its metrics**: `ps -o rss,pcpu,args -C python`. A \
program with `prometheus-client` has them (last row; try `python shop_front.py`).
- A counter that you add shows under *Metrics of your own*.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        "python-worker-process",
        "Python worker process",
        "A worker from inside: its code, its talk with the server, and metrics of your own.",
        (
            _answering(),
            shared.how_to_read(
                "What a worker measures of itself, and what it does not.", _HOW_TO_READ
            ),
            _page(),
            _workflow_code(),
            _activity_code(),
            _replays(),
            _failures(),
            _requests(),
            _request_latency(),
            _refused(),
            _own(),
            _program_now(),
            _program_cpu(),
            _program_memory(),
        ),
        [choices.workflow_type(), choices.activity_type(), choices.task_queue()],
    )


def _answering() -> Stat:
    workers = f'up{{job="{WORKER}"}}'
    return numbers(
        "Workers that answer",
        "How many worker processes serve their metrics, on 8080, 8081 and so on, and what each of "
        "them runs: a process may hold several workers, one for each queue. Raw: `up`, "
        "`temporal_worker_start`.",
        [
            Query("processes", f"sum({workers})", {1: "green"}),
            Query("workers in them", f"sum({of_worker('temporal_worker_start')} or {workers} * 0)"),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[links.WORKER_PAGE],
    )


def _page() -> Stat:
    here = f'{{job="{WORKER}"}}'
    return numbers(
        "The workers' pages of metrics",
        "Lines that Prometheus read at its last look at all workers, and how many milliseconds the "
        "slowest page took. It looks every 5 seconds. Raw: `scrape_samples_scraped`, "
        "`scrape_duration_seconds`.",
        [
            Query("Lines", f"sum(scrape_samples_scraped{here})"),
            Query("ms", f"1000 * max(scrape_duration_seconds{here})"),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[links.WORKER_PAGE],
    )


def _workflow_code() -> TimeSeries:
    histogram = "temporal_workflow_task_execution_latency"
    return lines(
        "How long your workflow code takes",
        "One workflow task: from the worker's getting it to its answer, a line for each workflow "
        "type; the mean of five minutes, 0 if there was none. Sleeps and waits are not in here, "
        "they are none of your code's time. Much of it is something that belongs into an activity. "
        f"Raw: `{histogram}_sum`, `_count`.",
        [
            Query(
                "{{workflow_type}}",
                mean_by("workflow_type", histogram, WORKER_OF_WORKFLOW, WORKER),
            )
        ],
        GridPos(x=0, y=8, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="ms",
        limits={2000: "red"},
        at_least=100,
    )


def _activity_code() -> TimeSeries:
    histogram = "temporal_activity_execution_latency"
    return lines(
        "How long your activity code takes",
        "One attempt, a good or a bad one, a line for each activity type; the mean of five "
        f"minutes, 0 if there was none. Raw: `{histogram}_sum`, `_count`.",
        [
            Query(
                "{{activity_type}}",
                mean_by("activity_type", histogram, WORKER_OF_ACTIVITY, WORKER),
            )
        ],
        GridPos(x=12, y=8, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="ms",
        at_least=100,
    )


def _replays() -> TimeSeries:
    replay = "temporal_workflow_task_replay_latency"
    whole = "temporal_workflow_endtoend_latency"
    return lines(
        "Replays, and whole workflows",
        "How long it took to run a workflow's code again up to where it was (*replay*), 95 % of "
        "them in five minutes: with long histories it grows. And how long workflows took from "
        "start to end (*workflow*), as the worker that ended them reckons it. 0 if there was none. "
        f"Raw: `{replay}_bucket`, `{whole}_bucket`.",
        [
            Query("replay, 95 %", quantile(0.95, replay, WORKER_OF_WORKFLOW, WORKER)),
            Query(
                "workflow, mean",
                mean(whole, WORKER_OF_WORKFLOW, WORKER, within=WHILE),
            ),
        ],
        GridPos(x=0, y=15, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="ms",
        at_least=100,
    )


def _failures() -> TimeSeries:
    tasks = of_worker("temporal_workflow_task_execution_failed", WORKER_OF_WORKFLOW)
    attempts = of_worker("temporal_activity_execution_failed", WORKER_OF_ACTIVITY)
    return lines(
        "What your code failed at",
        "Failures since the worker started, by reason: of workflow tasks (a bug, or "
        "`NonDeterminismError`, code that no longer fits its history), and of attempts at "
        "activities. Raw: `temporal_workflow_task_execution_failed`, "
        "`temporal_activity_execution_failed`.",
        [
            Query("workflow task: {{failure_reason}}", total_by("failure_reason", tasks, WORKER)),
            Query("activity: {{failure_reason}}", total_by("failure_reason", attempts, WORKER)),
        ],
        GridPos(x=12, y=15, w=12, h=7),
        links=[links.STUCK, links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _requests() -> TimeSeries:
    return lines(
        "Requests to the server within a minute",
        "What the worker's process asked the server within the minute before each moment, by "
        "operation, without its polls. Raw: `temporal_request`.",
        [
            Query(
                "{{operation}}",
                gained_by("operation", of_worker("temporal_request"), WORKER),
            )
        ],
        GridPos(x=0, y=22, w=12, h=8),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _request_latency() -> TimeSeries:
    return lines(
        "How long the server takes to answer",
        "The mean of five minutes as the worker sees it, network included, by operation; 0 if "
        "there was none. Raw: `temporal_request_latency_sum`, `_count`.",
        [
            Query(
                "{{operation}}",
                mean_by("operation", "temporal_request_latency", "", WORKER),
            )
        ],
        GridPos(x=12, y=22, w=12, h=8),
        links=[links.WORKER_PAGE],
        unit="ms",
        limits={500: "orange"},
        at_least=100,
    )


def _refused() -> TimeSeries:
    wrong = of(
        "",
        '__name__=~"temporal_request_failure|temporal_long_request_failure"',
        f'job="{WORKER}"',
    )
    return lines(
        "Requests that failed",
        "Requests and polls since the worker started that the server refused or that did not reach "
        "it, by operation. While your server restarts, polls fail, and the worker tries again by "
        "itself. Raw: `temporal_request_failure`, `temporal_long_request_failure`.",
        [Query("{{operation}}", total_by("operation", wrong, WORKER))],
        GridPos(x=0, y=30, w=12, h=8),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _own() -> BarGauge:
    others = "(temporal|scrape|process|python)_.*|up"
    own = f'{{job=~"{WORKER}|workspace",__name__!~"{others}"}}'
    named = f'label_replace({own}, "metric", "$1", "__name__", "(.+)")'
    none = f'label_replace(max(up{{job="{WORKER}"}}) * 0, "metric", "none yet", "", "")'
    return bars(
        "Metrics of your own",
        "How many series there are of each metric that neither the SDK nor a library made, but "
        "you: in a worker by `workflow.metric_meter()` or `activity.metric_meter()`, in another "
        "program by `prometheus-client`. A histogram is many series: one for each bucket.",
        [Query("{{metric}}", f"count by (metric) ({named}) or on() {none}")],
        GridPos(x=12, y=30, w=12, h=8),
        links=[links.GUIDE, links.WORKER_PAGE],
    )


def _program_now() -> Stat:
    return numbers(
        "Program on 8090",
        "Memory and open files of a program in your workspace that serves `prometheus-client`'s "
        "own metrics on 8090, such as the lab's `shop_front.py`. It need not be there. Raw: "
        "`process_resident_memory_bytes`, `process_open_fds`.",
        [
            Query("MB", f"{of('process_resident_memory_bytes', _PROGRAM)} / 1e6"),
            Query("open files", of("process_open_fds", _PROGRAM)),
        ],
        GridPos(x=0, y=38, w=8, h=6),
        links=[links.GUIDE],
        nothing=_NO_PROGRAM,
    )


def _program_cpu() -> TimeSeries:
    return lines(
        "CPU, program on 8090",
        "Which share of a core the program on 8090 took within the minute before each moment. Raw: "
        "`process_cpu_seconds_total`.",
        [Query("CPU", f"rate({of('process_cpu_seconds_total', _PROGRAM)}[1m])", {0: "blue"})],
        GridPos(x=8, y=38, w=8, h=6),
        links=[links.GUIDE],
        unit="percentunit",
        nothing=_NO_PROGRAM,
    )


def _program_memory() -> TimeSeries:
    return lines(
        "Memory, program on 8090",
        "What the program on 8090 holds in memory. Raw: `process_resident_memory_bytes`.",
        [Query("memory", of("process_resident_memory_bytes", _PROGRAM), {0: "blue"})],
        GridPos(x=16, y=38, w=8, h=6),
        links=[links.GUIDE],
        unit="decbytes",
        nothing=_NO_PROGRAM,
    )
