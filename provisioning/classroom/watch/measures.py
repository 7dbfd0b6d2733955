"""What watch measures: of itself, of its probes and checks, and of the machine it runs on.

It is a process of the host, where the class Prometheus can't reach it: the figures go to the
portal with each pass, which serves them beside its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.registry import Collector

from classroom.probe.result import Result

PASS_BUCKETS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
PROOF_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

SUFFIXES = {
    "gauge": frozenset({""}),
    "counter": frozenset({"_total"}),
    "histogram": frozenset({"_bucket", "_sum", "_count"}),
}
"""What is told of each type: not when a counter began, which its first sample says as well."""


class Measures:
    """The metrics of one watch."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.passes = Histogram(
            "classroom_watch_pass_seconds",
            "How long a pass took, from looking to acting.",
            buckets=PASS_BUCKETS,
            registry=registry,
        )
        self._proofs = Histogram(
            "classroom_probe_seconds",
            "How long the proof of a component took in a pass, waiting for its turn included.",
            ["component"],
            buckets=PROOF_BUCKETS,
            registry=registry,
        )
        self._starts = Counter(
            "classroom_watch_starts",
            "Containers that watch found down and started.",
            ["seat", "component"],
            registry=registry,
        )
        self._orders = Counter(
            "classroom_watch_orders",
            "Orders of the console that watch carried out, or not.",
            ["outcome"],
            registry=registry,
        )
        self.rounds = Histogram(
            "classroom_checks_round_seconds",
            "How long a round of checks over all seats took.",
            buckets=PASS_BUCKETS,
            registry=registry,
        )
        self._looks = Counter(
            "classroom_checks_looks",
            "Looks of the checks at a seat: read, or silent when nothing could be learned.",
            ["outcome"],
            registry=registry,
        )

    def add(self, collector: Collector) -> None:
        """Tell what ``collector`` finds as well."""
        self._registry.register(collector)

    def proven(self, results: Iterable[Result]) -> None:
        """Count the proofs of a pass."""
        for result in results:
            self._proofs.labels(result.component).observe(result.seconds)

    def started(self, seat: str, component: str) -> None:
        """Count a container that was down."""
        self._starts.labels(seat, component).inc()

    def obeyed(self, *, ok: bool) -> None:
        """Count an order."""
        self._orders.labels("done" if ok else "refused").inc()

    def looked(self, *, read: bool) -> None:
        """Count a look at a seat."""
        self._looks.labels("read" if read else "silent").inc()

    def document(self) -> str:
        """Return all of it as the portal takes it."""
        metrics = {
            metric.name: {
                "type": metric.type,
                "help": metric.documentation,
                "samples": [
                    {
                        "suffix": sample.name.removeprefix(metric.name),
                        "labels": sample.labels,
                        "value": sample.value,
                    }
                    for sample in metric.samples
                    if sample.name.removeprefix(metric.name) in SUFFIXES[metric.type]
                ],
            }
            for metric in self._registry.collect()
        }
        return json.dumps({"metrics": metrics})
