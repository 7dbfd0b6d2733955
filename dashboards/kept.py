"""What a seat's Prometheus keeps of its server's page: what somebody asks for, and no more.

A page is 17,000 lines and more, 70 seats have one Prometheus each, and what nobody asks for is
memory and CPU all the same. So the list is made of every expression there is, and of the course's
own words; prometheus/prometheus.yml.j2 takes it from there. Who asks for what is beside it, for a
server of another version may not have what is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards.table import metrics_in

ROOT = Path(__file__).parents[1]
RULES = tuple(ROOT / "prometheus" / f"{name}.rules.yml" for name in ("seat", "federated"))
"""What a seat's Prometheus works out, for the seat and for the class."""

LIST = ROOT / "prometheus" / "server-metrics.j2"
ASKED = ROOT / "prometheus" / "server-metrics.tsv"
"""Who asks for each of them: what the image's build says when the server does not know one."""

COURSE = (
    # Labs and pages ask Prometheus for these themselves, whatever the dashboards come to show.
    "workflow_success",
    "workflow_failed",
    "workflow_timeout",
    "workflow_schedule_to_close_latency_bucket",
    "workflow_schedule_to_close_latency_sum",
    "workflow_schedule_to_close_latency_count",
    "failed_workflow_tasks",
    "activity_success",
    "activity_fail",
    "activity_task_fail",
    "activity_timeout",
    "task_schedule_to_start_latency_bucket",
    "task_schedule_to_start_latency_sum",
    "task_schedule_to_start_latency_count",
    "approximate_backlog_count",
    "service_requests",
    "persistence_requests",
    "persistence_error_with_type",
    "persistence_latency_sum",
    "persistence_latency_count",
    "num_goroutines",
    "memory_allocated",
    # "Task queue polling", says the course: the polls that found a task, beside those that did not.
    "poll_success",
    "poll_timeouts",
)
"""What the course and its labs look at in Prometheus."""

OF_OTHERS = re.compile(r"temporal_|classroom_|process_|scrape_|up$|\w+:")
"""Metrics of workers, of the workspace and of other programs, what Prometheus itself notes of each
scrape, and what its rules record."""

_NAME = re.compile(r"[a-z][a-z0-9_:]*")

_HEAD = """\
{#- Made by `make dashboards`: the server's metrics that a dashboard, a rule or the course asks for.
    dashboards/kept.py says how. -#}
"""


def server_metrics(boards: Iterable[str]) -> list[str]:
    """Return the names of all metrics of the server that are asked for, sorted; see asked_for."""
    return sorted(asked_for(boards))


def asked_for(boards: Iterable[str]) -> dict[str, set[str]]:
    """Return each metric of the server that is asked for -> by whom, in words.

    Args:
        boards: the dashboards, as JSON.

    Raises:
        ValueError: an expression has something in the place of a name that is none.
    """
    asked = {name: {"the course"} for name in COURSE}
    for who, expression in (*_on_boards(boards), *_in_rules()):
        names = metrics_in(expression)
        if unreadable := sorted(name for name in names if not _NAME.fullmatch(name)):
            # What a pattern with brackets means could be kept by no list of names.
            raise ValueError(f"write names in full instead of {unreadable}, in: {expression}")
        for name in names:
            asked.setdefault(name, set()).add(who)
    return {name: who for name, who in asked.items() if not OF_OTHERS.match(name)}


def as_template(names: Iterable[str]) -> str:
    """Return the file from which the template of Prometheus's configuration takes the list."""
    listed = "".join(f'    "{name}",\n' for name in names)
    return f"{_HEAD}{{%- set server_metrics = [\n{listed}] -%}}\n"


def as_lines(asked: Mapping[str, Iterable[str]]) -> str:
    """Return a line for each metric and each who asks for it, with a tab between."""
    return "".join(sorted(f"{name}\t{who}\n" for name, all_ in asked.items() for who in all_))


def _on_boards(boards: Iterable[str]) -> Iterator[tuple[str, str]]:
    for board in map(json.loads, boards):
        title = board["title"]
        for panel in board["panels"]:
            who = f"the panel '{panel['title']}' of {title}"
            yield from ((who, target["expr"]) for target in panel.get("targets", ()))
        for variable in board.get("templating", {}).get("list", ()):
            yield f"the choice '{variable['label']}' of {title}", variable["query"]
        for mark in board["annotations"]["list"]:
            yield f"the mark '{mark['name']}' of {title}", mark["expr"]


def _in_rules() -> Iterator[tuple[str, str]]:
    for file in RULES:
        groups: list[dict[str, Any]] = yaml.safe_load(file.read_text())["groups"]
        for rule in (rule for group in groups for rule in group["rules"]):
            yield f"{rule.get('alert') or rule['record']} in {file.name}", rule["expr"]
