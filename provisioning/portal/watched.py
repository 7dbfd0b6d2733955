"""The metrics of watch, as it told them last: it runs where no Prometheus can reach it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from prometheus_client import Metric

STALE_SECONDS = 60.0
"""Watch tells them every 15 s; figures that are older are shown as missing, not as they were."""

NAME = re.compile(r"classroom_(watch|probe|checks|proof|machine|container)_[a-z0-9_]{1,80}")
"""Names of metrics that watch may tell: none of them is one of the portal's own."""

SUFFIXES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "gauge": frozenset({""}),
        "counter": frozenset({"_total"}),
        "histogram": frozenset({"_bucket", "_sum", "_count"}),
    }
)
"""Type of a metric -> how the names of its samples end."""


@dataclass(frozen=True)
class Watched:
    """What watch told; ``at`` is when, seconds since 1970, by the portal's clock."""

    at: float = 0.0
    metrics: Sequence[Metric] = ()

    def stale(self, now: float) -> bool:
        """Whether it is too old to say anything."""
        return now - self.at > STALE_SECONDS
