"""What the dashboards' expressions mean, on made-up numbers: promtool works them out.

Each number is what Prometheus read, every 15 seconds; ``_`` is a moment at which it was not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docker
import pytest
import yaml
from dashboards import promql
from docker.models.containers import Container

from classroom.engine.images import ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.integration.conftest import ROOT
from tests.tar import tar_of

FOLDER = "/home/seat"
SERVER_UP = {'up{job="temporal-server"}': "1x40"}
WORKER_UP = {'up{job="worker",instance="workspace:8080"}': "1x40"}
FAILED = 'workflow_failed{taskqueue="orders"}'
BUCKET = 'wait_bucket{le="%s"}'
STARTED = 'temporal_worker_start{job="worker",instance="workspace:8080",task_queue="orders"}'
POLLS = (
    'temporal_long_request{job="worker",instance="workspace:8080",task_queue="orders",'
    'operation="PollWorkflowTaskQueue"}'
)
STUCK = 'classroom_workflows_stuck{job="temporal-api"}'
OF_A_WORKER = promql.of_worker("temporal_request")
THE_WORKER = '{instance="workspace:8080", task_queue="orders"}'

Samples = dict[str, float]
"""Labels -> value."""


@dataclass(frozen=True)
class Case:
    """Series as they were read, and what an expression has to make of them at some moment."""

    series: dict[str, str]
    expression: str
    at: str
    expected: Samples


CASES = {
    "zero is zero": Case(SERVER_UP, promql.total(FAILED), "1m", {"{}": 0}),
    "unknown is nothing": Case(
        {'up{job="temporal-server"}': "0x40"}, promql.total(FAILED), "1m", {}
    ),
    "no label yet": Case(
        SERVER_UP, promql.total_by("taskqueue", FAILED), "1m", {'{taskqueue="none yet"}': 0}
    ),
    "a label": Case(
        SERVER_UP | {FAILED: "2x40"},
        promql.total_by("taskqueue", "workflow_failed"),
        "1m",
        {'{taskqueue="orders"}': 2},
    ),
    "a counter that is born at 2 has gained 2": Case(
        SERVER_UP | {FAILED: "_x8 2x30"}, promql.gained("workflow_failed"), "2m15s", {"{}": 2}
    ),
    "and a minute later nothing": Case(
        SERVER_UP | {FAILED: "_x8 2x30"}, promql.gained("workflow_failed"), "4m", {"{}": 0}
    ),
    "a counter that rises": Case(
        SERVER_UP | {FAILED: "0+1x40"}, promql.gained("workflow_failed"), "4m", {"{}": 4}
    ),
    "a counter that begins anew has gained what it has": Case(
        SERVER_UP | {FAILED: "10x8 3x30"}, promql.gained("workflow_failed"), "2m30s", {"{}": 3}
    ),
    "after a scrape of the server that failed nobody knows": Case(
        {'up{job="temporal-server"}': "1x4 0x2 1x30", FAILED: "400x4 stale _ 400x30"},
        promql.gained("workflow_failed"),
        "2m30s",
        {},
    ),
    "a worker that was away had counted nothing": Case(
        {
            'up{job="worker",instance="workspace:8080"}': "0x8 1x30",
            'temporal_request{job="worker",operation="a"}': "_x8 5x30",
        },
        promql.gained(OF_A_WORKER, promql.WORKER),
        "2m30s",
        {"{}": 5},
    ),
    "by label": Case(
        WORKER_UP | {'temporal_request{job="worker",operation="a"}': "_x8 5x30"},
        promql.gained_by("operation", OF_A_WORKER, promql.WORKER),
        "2m30s",
        {'{operation="a"}': 5},
    ),
    "a mean sees the first that came": Case(
        SERVER_UP | {"wait_sum": "_x8 8x30", "wait_count": "_x8 2x30"},
        promql.mean("wait", ""),
        "2m30s",
        {"{}": 4},
    ),
    "a mean of nothing is 0": Case(
        SERVER_UP | {"wait_sum": "8x40", "wait_count": "2x40"},
        promql.mean("wait", ""),
        "4m",
        {"{}": 0},
    ),
    "a quantile lies in the bucket of the first that came": Case(
        SERVER_UP
        | {BUCKET % "5.0": "_x8 0x30", BUCKET % "10.0": "_x8 4x30", BUCKET % "+Inf": "_x8 4x30"},
        promql.quantile(0.5, "wait", ""),
        "2m30s",
        {"{}": 7.5},
    ),
    "a quantile of nothing is 0": Case(
        SERVER_UP | {BUCKET % "5.0": "4x40", BUCKET % "+Inf": "4x40"},
        promql.quantile(0.5, "wait", ""),
        "6m",
        {"{}": 0},
    ),
    "a quantile without a histogram is 0": Case(
        SERVER_UP, promql.quantile(0.5, "wait", ""), "6m", {"{}": 0}
    ),
    "the greatest of values that are the same thing": Case(
        SERVER_UP | {'memory{service_name="a"}': "5x40", 'memory{service_name="b"}': "7x40"},
        promql.greatest("memory"),
        "1m",
        {"{}": 7},
    ),
    "a worker that is there has not just begun": Case(
        WORKER_UP | {STARTED: "1x40", POLLS: "5+1x40"},
        promql.worker_started(within="30s"),
        "5m",
        {},
    ),
    "a worker that came": Case(
        WORKER_UP | {STARTED: "_x8 1x30", POLLS: "_x8 5x30"},
        promql.worker_started(within="30s"),
        "2m15s",
        {THE_WORKER: 1},
    ),
    "a worker that was replaced between two scrapes": Case(
        WORKER_UP | {STARTED: "1x40", POLLS: "30x8 5x30"},
        promql.worker_started(within="30s"),
        "2m15s",
        {THE_WORKER: 1},
    ),
    "what the server's API was not asked is unknown": Case(
        SERVER_UP | {STUCK: "2x4 stale _x30", 'up{job="temporal-api"}': "1x4 0x30"},
        promql.total("classroom_workflows_stuck", promql.API),
        "2m",
        {},
    ),
    "nothing is open, and it was asked": Case(
        {'up{job="temporal-api"}': "1x40"},
        promql.total_by("taskqueue", "classroom_task_queue_backlog", promql.API),
        "2m",
        {'{taskqueue="none yet"}': 0},
    ),
    "a worker answers": Case(WORKER_UP, promql.no_worker(), "1m", {"{}": 0}),
    "no worker answers": Case(
        {'up{job="worker",instance="workspace:8080"}': "0x40"}, promql.no_worker(), "1m", {"{}": 1}
    ),
}


@pytest.fixture(scope="module")
def promtool() -> Iterator[Container]:
    tags = ensure_images(ClassFile(grafana=GrafanaPolicy.OFF), root=ROOT, progress=print)
    image = tags["workspace"].tag
    client = docker.from_env()
    container = client.containers.create(
        image,
        name="cwt-dash-promtool",
        entrypoint=["sleep", "600"],
        network_mode="none",
        # The image's own is made by the workspace that does not run here.
        environment={"TMPDIR": "/tmp"},  # noqa: S108 - the container's own
    )
    try:
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)


def as_test(case: Case) -> dict[str, Any]:
    samples = [{"labels": labels, "value": value} for labels, value in case.expected.items()]
    return {
        "interval": "15s",
        "input_series": [{"series": s, "values": v} for s, v in case.series.items()],
        "promql_expr_test": [
            {"expr": case.expression, "eval_time": case.at, "exp_samples": samples}
        ],
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_expression_means_what_it_says(case: Case, promtool: Container) -> None:
    document = {"rule_files": [], "evaluation_interval": "15s", "tests": [as_test(case)]}
    assert promtool.put_archive(FOLDER, tar_of({"case.yml": yaml.safe_dump(document)}))
    command = ["bash", "-lc", f"promtool test rules {FOLDER}/case.yml 2>&1"]
    code, said = promtool.exec_run(command)
    assert code == 0, said
