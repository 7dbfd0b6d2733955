"""Who asks for tasks, how much they can take, and how long tasks wait for them."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards import choices, links, shared
from dashboards.board import board
from dashboards.choices import ON_QUEUE, WORKER_ON_QUEUE
from dashboards.panels import Query, lines, numbers
from dashboards.promql import (
    API,
    WHILE,
    WORKER,
    gained,
    greatest_by,
    mean,
    of,
    of_worker,
    quantile,
    total,
    total_by,
)

_WAIT = "task_schedule_to_start_latency"
_KINDS = ("Workflow", "Activity")
_NOT_STICKY = 'partition!="__sticky__"'

_HOW_TO_READ = """\
- **No metric of the server's tells that a task waits for a worker that never comes.** A wait is \
measured when it is over, and an unused queue is forgotten after some minutes.
- So the workspace asks the server's **API**, every 30 s: see *Backlog* and *Pollers, asked of the \
server*.
"""


def dashboard() -> dashboards.Dashboard:
    """Return the dashboard."""
    return board(
        "workers-and-task-queues",
        "Workers and task queues",
        "Who asks for tasks, how much they can take, and how long tasks wait for them.",
        (
            shared.polling(GridPos(x=0, y=0, w=8, h=4)),
            shared.pollers(GridPos(x=8, y=0, w=8, h=4)),
            shared.how_to_read(
                "What it takes for a task to be done, and what no metric tells.", _HOW_TO_READ
            ),
            shared.slots(GridPos(x=0, y=4, w=8, h=4)),
            _nobody_there(),
            _polls_at_server(),
            _polls_of_worker(),
            _taken(),
            _in_vain(),
            _waits(),
            _waits_by_worker(),
            _backlog(),
            _backlog_age(),
            _backlog_asked(),
            _pollers_asked(),
            _workflow_slots(),
            _activity_slots(),
            _cache(),
            _cache_hits(),
        ),
        [choices.task_queue()],
    )


def _nobody_there() -> Stat:
    return numbers(
        "Tasks that came to an empty house",
        "Tasks since the server started that came to a queue which nobody had polled for a while. "
        "They wait, and nothing is lost. Is the worker running, and is the queue's name the same "
        "on both sides? The server counts it only for queues that it had in mind already. Raw: "
        "`no_poller_tasks`.",
        [
            Query(
                f"{kind.lower()} tasks",
                total(of("no_poller_tasks", f'task_type="{kind}"', ON_QUEUE)),
                {1: "orange"},
            )
            for kind in _KINDS
        ],
        GridPos(x=8, y=4, w=8, h=4),
        links=[links.with_status("Running")],
    )


def _polls_at_server() -> TimeSeries:
    return lines(
        "Open polls, as the server sees them",
        "Requests for tasks that wait at the server, by kind, without those of sticky queues, of "
        "which each worker has one of its own. At 0, tasks of that kind wait. Raw: "
        "`pending_polls`.",
        [
            Query(
                f"{kind.lower()} tasks",
                total(of("pending_polls", f'task_type="{kind}"', _NOT_STICKY, ON_QUEUE)),
            )
            for kind in _KINDS
        ],
        GridPos(x=0, y=8, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def _polls_of_worker() -> TimeSeries:
    return lines(
        "Open polls, as the worker sees them",
        "The same from the other side, sticky ones included. `none yet` at 0 is a worker that "
        "answers and polls none of the chosen queues. Raw: `temporal_num_pollers`.",
        [
            Query(
                "{{poller_type}}",
                total_by("poller_type", of_worker("temporal_num_pollers", WORKER_ON_QUEUE), WORKER),
            )
        ],
        GridPos(x=12, y=8, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _taken() -> TimeSeries:
    received = of_worker("temporal_activity_task_received", WORKER_ON_QUEUE)
    polled = of_worker("temporal_workflow_task_queue_poll_succeed", WORKER_ON_QUEUE)
    return lines(
        "Tasks taken within a minute",
        "How much work gets done: tasks that the worker got within the minute before each moment. "
        "Activities that it got at once, with the answer to a workflow task (*eagerly*), are among "
        "them. Raw: `temporal_workflow_task_queue_poll_succeed`, "
        "`temporal_activity_task_received`.",
        [
            Query("workflow tasks", gained(polled, WORKER), {0: "blue"}),
            Query("activity tasks", gained(received, WORKER), {0: "green"}),
        ],
        GridPos(x=0, y=15, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _in_vain() -> TimeSeries:
    return lines(
        "Polls that found nothing within a minute",
        "Polls that the server answered with nothing, after a minute without a task. Each open "
        "poll of an idle worker ends so once a minute: this is how one sees that it lives. Raw: "
        "`poll_timeouts`.",
        [
            Query(
                f"{kind.lower()} tasks",
                gained(of("poll_timeouts", f'task_type="{kind}"', ON_QUEUE)),
            )
            for kind in _KINDS
        ],
        GridPos(x=12, y=15, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="none",
        steps=True,
    )


def _waits() -> TimeSeries:
    queries = []
    for kind in _KINDS:
        labels = f'task_type="{kind}",{ON_QUEUE}'
        queries += [
            Query(f"{kind.lower()} tasks, 95 %", quantile(0.95, _WAIT, labels)),
            Query(f"{kind.lower()} tasks, mean", mean(_WAIT, labels, within=WHILE)),
        ]
    return lines(
        "Schedule-to-start, by the server",
        "How long the tasks that were taken within five minutes had waited in their queue; 0 if "
        "none was taken. The number to watch if you want to know whether you have enough workers. "
        "Above the dashed line the alert `TasksWait` fires. Activities that were handed over at "
        "once are not in here; a retry reads up to a second, since the timer that brings it is no "
        f"finer. Raw: `{_WAIT}_bucket`.",
        queries,
        GridPos(x=0, y=22, w=12, h=7),
        links=[links.SERVER_PAGE],
        unit="s",
        limits={shared.WAITS_LONG_S: "orange"},
    )


def _waits_by_worker() -> TimeSeries:
    histograms = {
        "workflow tasks": "temporal_workflow_task_schedule_to_start_latency",
        "activity tasks": "temporal_activity_schedule_to_start_latency",
    }
    return lines(
        "Schedule-to-start, by the worker",
        "The mean of the same wait as the worker reckons it, in milliseconds, of what it took "
        "within five minutes; 0 if it took nothing. Activities that it got at once count here, "
        "with next to nothing. Raw: "
        f"{', '.join(f'`{name}_sum` and `_count`' for name in histograms.values())}.",
        [
            Query(kind, mean(name, WORKER_ON_QUEUE, WORKER, within=WHILE))
            for kind, name in histograms.items()
        ],
        GridPos(x=12, y=22, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="ms",
        limits={1000 * shared.WAITS_LONG_S: "orange"},
        at_least=100,
    )


def _backlog() -> TimeSeries:
    return lines(
        "Backlog, as long as the server has the queue in mind",
        "Tasks that wait, by queue. From some five minutes after a queue was last used this reads "
        "0, waiting tasks or not; the panel below does not. Raw: `approximate_backlog_count`.",
        [Query("{{taskqueue}}", total_by("taskqueue", of("approximate_backlog_count", ON_QUEUE)))],
        GridPos(x=0, y=29, w=12, h=7),
        links=[links.with_status("Running")],
        unit="none",
        steps=True,
    )


def _backlog_age() -> TimeSeries:
    age = of("approximate_backlog_age_seconds", ON_QUEUE)
    return lines(
        "How long the first in the backlog has waited",
        "The age of the oldest task that waits, by queue; it falls to 0 with the backlog, and as "
        "wrongly where the server forgot the queue. Raw: `approximate_backlog_age_seconds`.",
        [Query("{{taskqueue}}", greatest_by("taskqueue", age))],
        GridPos(x=12, y=29, w=12, h=7),
        links=[links.with_status("Running")],
        unit="s",
        limits={30: "orange"},
    )


def _backlog_asked() -> TimeSeries:
    return lines(
        "Backlog, asked of the server",
        "Tasks that wait, on the queues that open workflows depend on, however long ago somebody "
        "used them. This comes from the server's API, which the workspace asks every 30 s; a gap "
        "is a time in which nobody could know. `none yet` at 0: no workflow is open. Raw: "
        "`classroom_task_queue_backlog`.",
        _by_kind("classroom_task_queue_backlog"),
        GridPos(x=0, y=36, w=12, h=7),
        links=[links.ASKED_PAGE, links.with_status("Running")],
        unit="none",
        steps=True,
    )


def _pollers_asked() -> TimeSeries:
    return lines(
        "Pollers, asked of the server",
        "Workers that ask for tasks of the queues that open workflows depend on, those on a laptop "
        "included; one that is gone counts for 70 s more. At 0, what waits there goes on waiting. "
        "This comes from the server's API, which the workspace asks every 30 s. `none yet` at 0: "
        "no workflow is open. Raw: `classroom_task_queue_pollers`.",
        _by_kind("classroom_task_queue_pollers"),
        GridPos(x=12, y=36, w=12, h=7),
        links=[links.ASKED_PAGE, links.with_status("Running")],
        unit="none",
        steps=True,
    )


def _by_kind(metric: str) -> list[Query]:
    return [
        Query(
            f"{{{{taskqueue}}}}, {kind.lower()} tasks",
            total_by("taskqueue", of(metric, f'task_type="{kind}"', ON_QUEUE), API),
        )
        for kind in _KINDS
    ]


def _workflow_slots() -> TimeSeries:
    return _slots("WorkflowWorker", "workflow tasks", GridPos(x=0, y=43, w=12, h=7))


def _activity_slots() -> TimeSeries:
    return _slots("ActivityWorker", "activities", GridPos(x=12, y=43, w=12, h=7))


def _slots(kind: str, what: str, where: GridPos) -> TimeSeries:
    def slots(state: str) -> str:
        labels = (f'worker_type="{kind}"', WORKER_ON_QUEUE)
        return total(of_worker(f"temporal_worker_task_slots_{state}", *labels), WORKER)

    return lines(
        f"Slots for {what}",
        f"How many {what} the worker does now, and how many more it could do beside them. With "
        "none left it stops asking, and tasks wait in their queue. Raw: "
        "`temporal_worker_task_slots_used`, `temporal_worker_task_slots_available`.",
        [
            Query("used", slots("used"), {0: "orange"}),
            Query("available", slots("available"), {0: "green"}),
        ],
        where,
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _cache() -> TimeSeries:
    size = of_worker("temporal_sticky_cache_size", WORKER_ON_QUEUE)
    return lines(
        "Workflows in the worker's memory",
        "The sticky cache: open workflows whose state the worker keeps, so that it need not replay "
        "them. Each takes memory; the bound is `max_cached_workflows`, 1000 if you say nothing. "
        "Raw: `temporal_sticky_cache_size`.",
        [Query("cached", total(size, WORKER), {0: "blue"})],
        GridPos(x=0, y=50, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )


def _cache_hits() -> TimeSeries:
    def cache(what: str) -> str:
        return total(of_worker(f"temporal_sticky_cache_{what}", WORKER_ON_QUEUE), WORKER)

    return lines(
        "Was the workflow still in memory?",
        "Workflow tasks since the worker started that found their workflow there (*hit*), that did "
        "not, and had to replay it (*miss*), and workflows that had to leave before their end "
        "(*evicted*): the cache was full, or their task failed. Raw: `temporal_sticky_cache_hit`, "
        "`_miss`, `_total_forced_eviction`.",
        [
            Query("hit", cache("hit"), {0: "green"}),
            Query("miss", cache("miss"), {0: "orange"}),
            Query("evicted", cache("total_forced_eviction"), {0: "red"}),
        ],
        GridPos(x=12, y=50, w=12, h=7),
        links=[links.WORKER_PAGE],
        unit="none",
        steps=True,
    )
