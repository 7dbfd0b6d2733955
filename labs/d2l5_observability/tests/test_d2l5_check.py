"""What D2L5's goals say about recorded histories, and about what workers measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from labkit.checking.history import Event, Run
from labkit.checking.metrics import Sample, on_queue, samples
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "paid": set(),
    "failed": {"failed"},
    "retried": {"retried"},
    "timed_out": {"timed_out"},
    "waited": {"waited"},
    "wrong-failed": set(),
    "wrong-retried": set(),
    "wrong-timed_out": set(),
}
BECAUSE = {
    ("starter", "failed"): "it did not fail. Try: `lab run D2L5 --trouble refused`",
    ("starter", "retried"): "it was paid at its first attempt. Try: `lab run D2L5 --trouble down`",
    ("failed", "retried"): "it was not paid",
    ("starter", "timed_out"): "it did not run out of time",
    ("paid", "waited"): "Try: end the worker, `lab run D2L5`, count to fifteen",
    ("wrong-failed", "failed"): "it did not fail",
}
ENDINGS = {"failed", "retried", "timed_out"}

QUEUE = 'namespace="default",task_queue="d2l5_orders"'
COUNTED = f"""\
# TYPE shop_orders counter
shop_orders{{outcome="paid",workflow_type="OrderWorkflow",{QUEUE}}} 4
shop_orders{{outcome="refused",workflow_type="OrderWorkflow",{QUEUE}}} 1
"""
ATTEMPTS = f"""\
temporal_activity_execution_latency_count{{activity_type="charge",{QUEUE}}} 7
temporal_activity_execution_failed{{activity_type="charge",failure_reason="x",{QUEUE}}} 3
"""
MEASURED = f"""\
shop_payment_latency_bucket{{activity_type="charge",{QUEUE},le="50"}} 4
shop_payment_latency_bucket{{activity_type="charge",{QUEUE},le="+Inf"}} 7
shop_payment_latency_sum{{activity_type="charge",{QUEUE}}} 1240
shop_payment_latency_count{{activity_type="charge",{QUEUE}}} 7
"""
PAGE = COUNTED + ATTEMPTS + MEASURED

# A page that nearly tells: what it misses, and why.
NEARLY = {
    "nothing counted": (ATTEMPTS + MEASURED, "counter", "its worker has counted no `shop_orders`."),
    "in the activity": (
        PAGE.replace("workflow_type", "activity_type"),
        "counter",
        "`shop_orders` counts in an activity, which is once an attempt.",
    ),
    "no label": (
        PAGE.replace('outcome="paid",', "").replace('outcome="refused",', 'more="x",'),
        "counter",
        "`shop_orders` has counted none whose `outcome` is paid or refused.",
    ),
    "only paid": (
        PAGE.replace('outcome="refused"', 'outcome="failed"'),
        "counter",
        "`shop_orders` has counted none whose `outcome` is refused.",
    ),
    "zero": (
        PAGE.replace("} 4\nshop_orders", "} 0\nshop_orders"),
        "counter",
        "`shop_orders` has counted none whose `outcome` is paid.",
    ),
    "nothing measured": (
        COUNTED + ATTEMPTS,
        "histogram",
        "its worker has measured no `shop_payment_latency`.",
    ),
    "a gauge": (
        f"{COUNTED}{ATTEMPTS}shop_payment_latency{{{QUEUE}}} 0.2\n",
        "histogram",
        "its worker has a `shop_payment_latency` without buckets.",
    ),
    "one not measured": (
        PAGE.replace("} 7\ntemporal", "} 8\ntemporal"),
        "histogram",
        "it has measured 7 of 8 attempts. Try: the bad answers as well",
    ),
    "none failed": (
        PAGE.replace("execution_failed", "execution_cancelled"),
        "histogram",
        "all 7 answers that it measured were good ones.",
    ),
}


def measured(page: str) -> Run:
    """Return a paid order beside what its worker says now."""
    return replace(recorded("D2L5", "paid"), metrics=on_queue(samples(page), "d2l5_orders"))


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D2L5") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D2L5", recorded("D2L5", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D2L5", recorded("D2L5", name))[goal].because


@pytest.mark.parametrize("goal", sorted(ENDINGS))
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    right = [recorded("D2L5", other) for other in sorted(ENDINGS - {goal})]
    assert reached("D2L5", *right, recorded("D2L5", f"wrong-{goal}")) == ENDINGS - {goal}


def test_metrics_prove_what_no_history_can() -> None:
    assert reached("D2L5", measured(PAGE)) == {"counter", "histogram"}


def test_two_workers_of_a_queue_count_together() -> None:
    other = PAGE.replace('outcome="paid"', 'outcome="lost"')
    run = measured(other + PAGE + other)
    assert reached("D2L5", run) == {"counter", "histogram"}
    assert "has counted 4 paid, 3 refused" in findings("D2L5", run)["counter"].because


@pytest.mark.parametrize("name", NEARLY)
def test_a_page_that_nearly_tells_is_refused_by_one_goal_alone(name: str) -> None:
    page, goal, because = NEARLY[name]
    run = measured(page)
    assert reached("D2L5", run) == {"counter", "histogram"} - {goal}
    assert because in findings("D2L5", run)[goal].because


@pytest.mark.parametrize("page", ["", PAGE.replace("d2l5_orders", "welcome")])
def test_without_a_worker_of_the_lab_there_is_nothing_to_read(page: str) -> None:
    found = findings("D2L5", measured(page))
    for goal in ("counter", "histogram"):
        assert "no worker of d2l5_orders serves metrics" in found[goal].because
        assert "Try: `lab worker D2L5`" in found[goal].because


def test_an_order_that_nobody_has_taken_yet_has_not_waited_enough() -> None:
    run = recorded("D2L5", "waited")
    asked = run.first("WorkflowTaskScheduled")
    assert asked
    waiting = replace(run, status="Running", events=run.events[: asked.id])
    waiting = replace(waiting, read_at=asked.at + timedelta(seconds=12))
    assert reached("D2L5", waiting) == set()
    because = findings("D2L5", waiting)["waited"].because
    assert "it has been waiting for 12 s, and nobody polls its queue. Try: after ten" in because


def test_an_order_that_fails_without_a_refusal_is_a_bug() -> None:
    def unrefused(event: Event) -> Event:
        return replace(event, kind="Other") if event.kind == "ActivityTaskFailed" else event

    assert reached("D2L5", edited(recorded("D2L5", "failed"), unrefused)) == set()


def test_a_page_is_read_with_all_that_may_stand_in_a_label() -> None:
    page = '# HELP a b\na{x="1, \\"2\\"",y=""} 1.5e3\nb 2\n\nc{z="}"} NaN\n'
    first, second, third = samples(page)
    assert first == Sample("a", {"x": '1, \\"2\\"', "y": ""}, 1500)
    assert second == Sample("b", {}, 2)
    assert (third.labels, third.value != third.value) == ({"z": "}"}, True)
