"""Understands the metrics that watch tells. Pure; what is wrong is said in words."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from prometheus_client import Metric

from portal.operator.values import WrongError, as_mapping, mapping, objects, text
from portal.watched import NAME, SUFFIXES, Watched

LARGEST = sys.float_info.max

_LABEL = re.compile(r"[a-z][a-z0-9_]{0,40}")


def watched(body: Mapping[str, object], at: float) -> Watched:
    """Return the metrics; raises WrongError."""
    told = mapping(body, "metrics")
    return Watched(at, tuple(_metric(name, as_mapping(told[name], name)) for name in told))


def _metric(name: str, body: Mapping[str, object]) -> Metric:
    kind = text(body, "type")
    if not NAME.fullmatch(name):
        raise WrongError(f"metrics: {name!r} is none of watch's, like classroom_watch_x")
    if kind not in SUFFIXES:
        raise WrongError(f"{name}.type: {kind!r} is none of {', '.join(SUFFIXES)}")
    metric = Metric(name, text(body, "help"), kind)
    for sample in objects(body, "samples"):
        suffix = text(sample, "suffix")
        if suffix not in SUFFIXES[kind]:
            raise WrongError(f"{name}: a {kind} has no sample that ends in {suffix!r}")
        metric.add_sample(f"{name}{suffix}", _labels(sample), _value(sample))
    return metric


def _labels(body: Mapping[str, object]) -> dict[str, str]:
    found = {}
    for name, value in mapping(body, "labels").items():
        if not _LABEL.fullmatch(name):
            raise WrongError(f"labels: {name!r} is no name of a label")
        if not isinstance(value, str):
            raise WrongError(f"labels.{name} is no text")
        found[name] = value
    return found


def _value(body: Mapping[str, object]) -> float:
    value = body.get("value")
    # To Python True is a number, and JSON as it reads it knows NaN and whole numbers of any length.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise WrongError("value is missing or no number")
    return float(value)
