"""What the Temporal server is asked, how fast it answers, and what that costs it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import links, shared
from dashboards.board import board
from dashboards.panels import Query, bars, lines, numbers
from dashboards.promql import SERVER, gained, greatest, mean, of, total_by

_FRONTEND = 'service_name="frontend"'
_POLLS = "Poll(Workflow|Activity|Nexus)TaskQueue"
_WORKERS = "Respond.*|RecordActivityTaskHeartbeat.*|RecordWorkerHeartbeat|ShutdownWorker"
_LONG_POLLS = "Poll.*"

_ASKED_BY = {
    "polls of workers": f'operation=~"{_POLLS}"',
    "answers of workers": f'operation=~"{_WORKERS}"',
    "everybody else": f'operation!~"{_POLLS}|{_WORKERS}"',
}
"""Who asks the frontend for what. Polls are long: the server answers when it has a task."""

_READS = "Get.*|List.*|Read.*|Watch.*|Count.*|Assert.*"
_STORED = {"reads": f'operation=~"{_READS}"', "writes": f'operation!~"{_READS}"'}

_SLOW_S = 0.5
_MEGABYTES_50 = 50e6

_HOW_TO_READ = """\
- All four services of the server are one process on your seat: never add up what stands there \
four times.
- For database connections, which the course asks for, **there is no metric**: see persistence \
requests, latency and errors.
- The server works for itself too: it is never quite at rest.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        "server-and-persistence",
        "Server and persistence",
        "What the Temporal server is asked, how fast it answers, and what that costs it.",
        (
            _needs(),
            shared.how_to_read(
                "The parts of a server, and the one metric that the course asks for and is not "
                "there.",
                _HOW_TO_READ,
            ),
            _page(),
            _requests(),
            _latency(),
            _operations(),
            _errors(),
            _stored(),
            _storage_latency(),
            _storage_operations(),
            _storage_errors(),
            goroutines(GridPos(x=0, y=36, w=12, h=7)),
            memory(GridPos(x=12, y=36, w=12, h=7)),
        ),
    )


def _needs() -> Stat:
    return numbers(
        "What the server needs now",
        "Goroutines, the threads of a Go program, and the memory in them. The process itself takes "
        "about twice that memory. Raw: `num_goroutines`, `memory_heapinuse`.",
        [
            Query("Goroutines", greatest("num_goroutines")),
            Query("Memory, MB", f"{greatest('memory_heapinuse')} / 1e6"),
        ],
        GridPos(x=0, y=0, w=16, h=4),
        links=[links.SERVER_PAGE],
    )


def _page() -> Stat:
    return numbers(
        "The server's page of metrics",
        "Lines that Prometheus read at its last look, those of them that it keeps (what is on "
        "dashboards and in labs), and how many milliseconds the page took. It looks every 15 "
        "seconds. Raw: `scrape_samples_scraped`, `scrape_samples_post_metric_relabeling`, "
        "`scrape_duration_seconds`.",
        [
            Query("Lines", f'scrape_samples_scraped{{job="{SERVER}"}}'),
            Query("Kept", f'scrape_samples_post_metric_relabeling{{job="{SERVER}"}}'),
            Query("ms", f'1000 * scrape_duration_seconds{{job="{SERVER}"}}'),
        ],
        GridPos(x=0, y=4, w=16, h=4),
        links=[links.SERVER_PAGE],
    )


def _requests() -> TimeSeries:
    return lines(
        "Frontend requests within a minute",
        "What the server was asked within the minute before each moment, by who asks. An idle "
        "worker asks again with each of its polls once a minute. Raw: `service_requests`.",
        [
            Query(who, gained(of("service_requests", _FRONTEND, labels)))
            for who, labels in _ASKED_BY.items()
        ],
        GridPos(x=0, y=8, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def _latency() -> TimeSeries:
    return lines(
        "Frontend latency",
        "How long the server took to answer within the minute before each moment, on average; 0 if "
        "it was not asked. Polls are left out: they wait for a task on purpose. Raw: "
        "`service_latency_sum`, `service_latency_count`.",
        [
            Query(who, mean("service_latency", f'{_FRONTEND},{labels},operation!~"{_LONG_POLLS}"'))
            for who, labels in _ASKED_BY.items()
            if not who.startswith("polls")
        ],
        GridPos(x=12, y=8, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
        limits={_SLOW_S: "orange"},
        at_least=_SLOW_S,
    )


def _operations() -> BarGauge:
    return bars(
        "Frontend requests, by operation",
        "What the server was asked most since it started, its first eight operations. Raw: "
        "`service_requests`.",
        [
            Query(
                "{{operation}}",
                f"topk(8, {total_by('operation', of('service_requests', _FRONTEND))})",
            )
        ],
        GridPos(x=0, y=15, w=12, h=7),
        links=[links.SERVER_PAGE],
    )


def _errors() -> TimeSeries:
    return lines(
        "Frontend errors, by type",
        "Requests since the server started that it refused or could not answer. Many are no fault "
        "of the server's: a workflow that was not found, one that runs already, a poll that the "
        "worker gave up. Raw: `service_error_with_type`.",
        [
            Query(
                "{{error_type}}",
                total_by("error_type", of("service_error_with_type", _FRONTEND)),
            )
        ],
        GridPos(x=12, y=15, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def _stored() -> TimeSeries:
    return lines(
        "Persistence requests within a minute",
        "What the server asked its database within the minute before each moment. A workflow is a "
        "handful of writes. Raw: `persistence_requests`.",
        [
            Query(what, gained(of("persistence_requests", labels)))
            for what, labels in _STORED.items()
        ],
        GridPos(x=0, y=22, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def _storage_latency() -> TimeSeries:
    return lines(
        "Persistence latency",
        "How long the database took to answer within the minute before each moment, on average. If "
        "this rises, everything above it does. Raw: `persistence_latency_sum`, "
        "`persistence_latency_count`.",
        [Query(what, mean("persistence_latency", labels)) for what, labels in _STORED.items()],
        GridPos(x=12, y=22, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
        limits={_SLOW_S: "orange"},
        at_least=_SLOW_S,
    )


def _storage_operations() -> BarGauge:
    return bars(
        "Persistence requests, by operation",
        "What the database was asked most since the server started, its first eight operations. "
        "`CreateWorkflowExecution` is a workflow's start, `UpdateWorkflowExecution` each step on "
        "its way. Raw: `persistence_requests`.",
        [
            Query(
                "{{operation}}",
                f"topk(8, {total_by('operation', 'persistence_requests')})",
            )
        ],
        GridPos(x=0, y=29, w=12, h=7),
        links=[links.SERVER_PAGE],
    )


def _storage_errors() -> TimeSeries:
    return lines(
        "Persistence errors, by type",
        "Answers of the database since the server started that were no success. `NotFound` is how "
        "the server learns that something is new. Raw: `persistence_error_with_type`.",
        [Query("{{error_type}}", total_by("error_type", "persistence_error_with_type"))],
        GridPos(x=12, y=29, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def goroutines(where: GridPos) -> TimeSeries:
    """How much the server does side by side."""
    return lines(
        "Goroutines",
        "How much the server does side by side. It rises with open polls and running workflows, "
        "and falls again; what only rises is a leak. The greatest of the four values, which are "
        "one process. Raw: `num_goroutines`.",
        [Query("goroutines", greatest("num_goroutines"), {0: "blue"})],
        where,
        links=[links.SERVER_PAGE],
        unit="none",
        at_least=100,
    )


def memory(where: GridPos) -> TimeSeries:
    """How much memory the server takes."""
    return lines(
        "Memory",
        "Memory of the server: what its objects take (*allocated*), the pages they lie in (*in "
        "use*), and what it holds in reserve (*idle*). The saw's teeth are the garbage collector. "
        "The greatest of the four values. Raw: `memory_allocated`, `memory_heapinuse`, "
        "`memory_heapidle`.",
        [
            Query("allocated", greatest("memory_allocated"), {0: "green"}),
            Query("in use", greatest("memory_heapinuse"), {0: "blue"}),
            Query("idle", greatest("memory_heapidle"), {0: "super-light-blue"}),
        ],
        where,
        links=[links.SERVER_PAGE],
        unit="decbytes",
        at_least=_MEGABYTES_50,
    )
