"""What workers' `/metrics` say, for the few things that no history can tell.

A worker's counters are its own: they begin at 0 when it starts, and end with it. So a goal that is
built on them can be seen to be done only while that worker runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Sample:
    """One line of a page of metrics.

    Attributes:
        name: the metric's, of a histogram with its ending: `shop_latency_count`.
        labels: what tells it from others of that name.
        value: how much.
    """

    name: str
    labels: Mapping[str, str]
    value: float


def samples(page: str) -> tuple[Sample, ...]:
    """Return the samples of a page in Prometheus's text format; what is none is passed over."""
    return tuple(
        Sample(name, dict(LABEL.findall(labels)), float(value))
        for name, labels, value in SAMPLE.findall(page)
    )


def on_queue(found: Iterable[Sample], task_queue: str) -> tuple[Sample, ...]:
    """Return what workers of a task queue counted."""
    return tuple(sample for sample in found if sample.labels.get("task_queue") == task_queue)


def named(found: Iterable[Sample], name: str) -> list[Sample]:
    """Return the samples of a name."""
    return [sample for sample in found if sample.name == name]
