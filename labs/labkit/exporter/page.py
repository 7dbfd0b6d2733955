"""The page of metrics that Prometheus reads; docs/metrics.md says what each is."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from labkit.exporter.looking import Seen

OF_A_QUEUE = ("taskqueue", "task_type")
"""The labels by which the server's own metrics tell queues apart."""


def page(seen: Seen) -> bytes:
    """Return what a look found, in Prometheus's text format."""
    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"classroom_{name}", help_text, labels, registry=registry)

    gauge("workflows_running", "Workflows that are open.").set(seen.running)
    gauge(
        "workflows_stuck",
        "Open workflows whose workflow task fails again and again, as the server reports them.",
    ).set(seen.stuck)
    gauge(
        "workflows_looked_at",
        "Open workflows, the newest, on whose task queues the other metrics are.",
    ).set(seen.looked_at)
    backlog = gauge(
        "task_queue_backlog", "Tasks that wait in a task queue, as the server guesses.", OF_A_QUEUE
    )
    age = gauge(
        "task_queue_backlog_age_seconds",
        "For how long the first task in a task queue has waited.",
        OF_A_QUEUE,
    )
    pollers = gauge(
        "task_queue_pollers",
        "Workers that asked for tasks of a task queue within the last 70 seconds.",
        OF_A_QUEUE,
    )
    for queue in seen.queues:
        backlog.labels(queue.name, queue.kind).set(queue.backlog)
        age.labels(queue.name, queue.kind).set(queue.age_s)
        pollers.labels(queue.name, queue.kind).set(queue.pollers)
    return generate_latest(registry)
