"""What `make provision` and `make health` proved last, as metrics: they end, and watch goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from classroom.probe.result import State
from classroom.watch.record import last_proof


class Proof(Collector):
    """Reads the report that provision and health keep, whenever somebody asks."""

    def __init__(self, report: Path) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """Yield the time of the last proof and what it came to; nothing when there is none."""
        proof = last_proof(self._report)
        if proof is None:
            return
        yield GaugeMetricFamily(
            "classroom_proof_timestamp_seconds",
            "When `make provision` or `make health` last proved the classroom.",
            value=proof.at.timestamp(),
        )
        components = GaugeMetricFamily(
            "classroom_proof_components",
            "Components of all seats in each state, as that proof found them.",
            labels=("state",),
        )
        for state in State:
            components.add_metric([state.value], proof.states[state])
        yield components
