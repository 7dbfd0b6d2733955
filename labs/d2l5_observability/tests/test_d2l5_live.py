"""Observability & Metrics, played: what rises when, on the server's page and on the worker's."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

import pytest
from docker.models.containers import Container

from classroom.engine.images import Images
from labkit.checking.metrics import Sample, samples
from labkit.render import lab_file
from tests.beside import asked, prometheus_beside
from tests.stage import Stage
from tests.workspace import COURSE, SEAT, until

LAB = "D2L5"
HISTORIES = ("failed", "retried", "timed_out", "waited")
ALL = dict.fromkeys((*HISTORIES, "counter", "histogram"), "done")

Edit = tuple[str, str, str]
"""A file of the solution, what stands in it, and what shall stand there."""

# For each goal a solution that misses it and no other, and what the check says of it.
WRONG: dict[str, tuple[Edit, str]] = {
    "failed": (
        ("workflows.py", "            raise\n", '            return "refused"\n'),
        "it did not fail. Try: `lab run D2L5 --trouble refused`",
    ),
    "retried": (
        ("activities.py", "LAST_ATTEMPT_IN_VAIN = 2", "LAST_ATTEMPT_IN_VAIN = 0"),
        "it was paid at its first attempt. Try: `lab run D2L5 --trouble down`",
    ),
    "timed_out": (
        ("starter.py", "timedelta(seconds=within) if within else None", "None"),
        "it did not run out of time. Try: `lab run D2L5 --seconds 60 --within 3`",
    ),
    "counter": (
        ("workflows.py", 'orders.add(1, {"outcome": outcome})', "orders.add(1)"),
        "`shop_orders` has counted none whose `outcome` is paid or refused.",
    ),
    "histogram": (
        ("activities.py", "        latency.record(took)\n", ""),
        "its worker has measured no `shop_payment_latency`. Try: TODO 2",
    ),
}
MEASURES_THE_GOOD = "order.trouble != Trouble.NONE or latency.record(took)"
# Wrong in ways of their own: what else the two goals that read metrics have to say.
NEARLY: dict[str, tuple[str, list[Edit], str]] = {
    "per-attempt": (
        "counter",
        [
            (
                "workflows.py",
                'orders.add(1, {"outcome": outcome})',
                "orders.with_additional_attributes({})",
            ),
            (
                "activities.py",
                "        latency.record(took)\n",
                "        latency.record(took)\n"
                '        meter.create_counter("shop_orders").add(1, {"outcome": "paid"})\n',
            ),
        ],
        "`shop_orders` counts in an activity, which is once an attempt.",
    ),
    "gauge": (
        "histogram",
        [
            ("activities.py", "create_histogram_timedelta", "create_gauge_float"),
            ("activities.py", "latency.record(took)", "latency.set(took.total_seconds())"),
        ],
        "its worker has a `shop_payment_latency` without buckets.",
    ),
    "good-ones": (
        "histogram",
        [("activities.py", "latency.record(took)", MEASURES_THE_GOOD)],
        "it has measured ",
    ),
}


def rewrite(stage: Stage, *edits: Edit) -> None:
    """Write the solution with some edits."""
    stage.install()
    texts: dict[str, str] = {}
    for name, before, after in edits:
        text = texts.get(name) or lab_file(stage.lab, name, SEAT, solution=True)
        assert text.count(before) == 1, before
        texts[name] = text.replace(before, after)
    for name, text in texts.items():
        stage.workspace.write(f"{stage.lab.folder.name}/{name}", text)


def of_server(stage: Stage) -> tuple[Sample, ...]:
    """Return what the server's page says about this stage's namespace."""
    page = samples(stage.sh("curl -s temporal:9233/metrics"))
    mine = stage.namespace.replace("-", "_")
    return tuple(sample for sample in page if sample.labels.get("namespace") == mine)


def of_worker(stage: Stage) -> tuple[Sample, ...]:
    """Return what the worker's page says."""
    return samples(stage.workspace.metrics())


def total(page: tuple[Sample, ...], name: str, **labels: str) -> float:
    """Return the sum of a metric."""
    return sum(
        sample.value
        for sample in page
        if sample.name == name and labels.items() <= dict(sample.labels).items()
    )


# Of the orders of all kinds and one that waited. Five are paid and on their way, one after two
# failures; one is refused; one had been paid when it ran out of time.
COUNTED = {
    "workflows done": (6, 6),
    "workflows failed": (1, 1),
    "workflows out of time": 1,
    "activities": 8,
    "activities done": 7,
    "attempts that failed": (3, 3),
    "activities given up for good": 1,
    "attempts": 10,
    "orders paid": 7,
    "orders refused": 1,
    "payments measured": 10,
}


def counted(stage: Stage) -> dict[str, float | tuple[float, float]]:
    """Return what is counted; where both count the same, what the server says, then the worker."""
    server, worker = of_server(stage), of_worker(stage)
    return {
        "workflows done": (
            total(server, "workflow_success"),
            total(worker, "temporal_workflow_completed"),
        ),
        "workflows failed": (
            total(server, "workflow_failed"),
            total(worker, "temporal_workflow_failed"),
        ),
        "workflows out of time": total(server, "workflow_timeout"),
        "activities": total(server, "command", commandType="ScheduleActivityTask"),
        "activities done": total(server, "activity_success"),
        "attempts that failed": (
            total(server, "activity_task_fail"),
            total(worker, "temporal_activity_execution_failed"),
        ),
        "activities given up for good": total(server, "activity_fail"),
        "attempts": total(worker, "temporal_activity_execution_latency_count"),
        "orders paid": total(worker, "shop_orders", outcome="paid"),
        "orders refused": total(worker, "shop_orders", outcome="refused"),
        "payments measured": total(worker, "shop_payment_latency_count"),
    }


def order_of(said: str) -> str:
    """Return the first order that a run of the starter placed."""
    return str(re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)[0])


def wait_for_an_answer(prometheus: Container, query: str) -> None:
    """Wait until a query finds something that is a number."""

    def found() -> bool:
        return any(not math.isnan(value) for value in asked(prometheus, query))

    until(found, query, lambda: asked(prometheus, query))


def wait_until_listed(stage: Stage, status: str, many: int) -> None:
    """Wait until the server lists so many orders; its list is a moment behind."""
    query = f"TaskQueue='d2l5_orders' AND ExecutionStatus='{status}'"

    def said() -> str:
        return stage.sh(f'temporal workflow count --query "{query}"')

    until(lambda: said() == f"Total: {many}\n", f"{many} {status}", said)


def all_kinds(stage: Stage, *, shown: bool = False) -> Mapping[str, str]:
    """Let happen what the guide lets happen while a worker runs; return an order of each kind."""
    ways = {
        "paid": "--orders 4",
        "failed": "--trouble refused",
        "retried": "--trouble down",
        "timed_out": "--seconds 8 --within 3",
    }
    logs = {name: stage.begin(f"lab run D2L5 {way}") for name, way in ways.items()}
    orders = {}
    for name, log in logs.items():
        stage.wait_for(log, "Of ")
        said = stage.wait_for(log, ":\n ")
        orders[name] = order_of(said)
        if shown:
            assert stage.missing_in_guide(said) == []
    return orders


def waiting(stage: Stage) -> tuple[str, str]:
    """Let an order wait in its queue until its worker starts; return it, and the worker's log."""
    run, order = stage.start()
    stage.sh("sleep 11")
    unpolled = stage.check()["waited"]["because"]
    assert "and nobody polls its queue" in unpolled
    worker = stage.worker()
    stage.wait_for(run, "Of 1:")
    return order, worker


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run()
    assert stage.missing_in_guide(said + stage.log(worker)) == []
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "its worker has counted no `shop_orders`. Try: TODO 1" in results["counter"]["because"]
    assert "its worker has measured no `shop_payment_latency`" in results["histogram"]["because"]
    stage.record("starter", order_of(said))


def test_what_happens_to_orders_is_counted_by_server_and_worker(stage: Stage) -> None:
    stage.install()
    late, log = waiting(stage)
    orders = all_kinds(stage, shown=True)
    assert stage.missing_in_guide(stage.log(log)) == []
    assert stage.states() == ALL
    for name, order in (*orders.items(), ("waited", late)):
        stage.record(name, order)

    # The server counts what it has just told, a moment later.
    until(lambda: counted(stage) == COUNTED, "all is counted", lambda: counted(stage))
    for status, many in (("Completed", 6), ("Failed", 1), ("TimedOut", 1)):
        wait_until_listed(stage, status, many)

    worker = of_worker(stage)
    assert not [sample for sample in worker if "timeout" in sample.name], "no worker hears of it"
    (sample, *_) = (s for s in worker if s.name == "shop_orders")
    assert sample.labels["workflow_type"] == "OrderWorkflow"
    waited = total(of_server(stage), "task_schedule_to_start_latency_sum", task_type="Workflow")
    assert waited > 10, "the order that nobody polled for"

    stage.kill()
    assert stage.states() == ALL, "what its worker showed is not forgotten with it"


def test_a_histogram_of_ten_orders_has_buckets(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run("--orders 10")
    assert stage.missing_in_guide(said + stage.log(worker)) == []
    page = of_worker(stage)
    within = {
        bound: total(page, "shop_payment_latency_bucket", le=bound) for bound in ("1000", "2500")
    }
    assert within == {"1000": 9, "2500": 10}
    assert total(page, "shop_payment_latency_count") == 10
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    bounds = [s.labels["le"] for s in page if s.name == "shop_payment_latency_bucket"]
    assert f"`{' '.join(bounds)}`" in guide


def test_one_slot_makes_activities_wait(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--slots 1")
    stage.start("--orders 20")
    until(
        lambda: (
            total(of_worker(stage), "temporal_worker_task_slots_used", worker_type="ActivityWorker")
            == 1
        ),
        "its one slot is taken",
        lambda: stage.log(worker),
    )
    until(
        lambda: total(of_worker(stage), "temporal_activity_execution_latency_count") == 20,
        "twenty activities are over",
        lambda: stage.log(worker),
    )
    page = of_worker(stage)
    waited = "temporal_activity_schedule_to_start_latency"
    assert total(page, f"{waited}_count") > total(page, f"{waited}_bucket", le="1000")


def test_a_replay_counts_nothing_and_a_new_worker_begins_at_zero(stage: Stage) -> None:
    stage.install()
    first = stage.worker()
    run, order = stage.start("--seconds 8")
    stage.wait_for(first, f"{order} is paid")
    until(
        lambda: total(of_worker(stage), "shop_orders") == 1,
        "it is counted",
        lambda: stage.log(first),
    )
    stage.kill()
    assert "no worker of d2l5_orders serves metrics" in stage.check()["counter"]["because"]
    second = stage.worker()
    assert "1  on its way" in stage.wait_for(run, "Of 1:")
    page = of_worker(stage)
    assert total(page, "temporal_workflow_completed") == 1
    assert total(page, "shop_orders") == 0, "what the first one counted died with it"
    assert "is paid" not in stage.log(second)


def test_a_log_line_of_json_says_which_order_it_is_about(stage: Stage) -> None:
    stage.install()
    log = stage.worker("--json")
    order = order_of(stage.run("--trouble down"))
    lines = [json.loads(line) for line in stage.log(log).splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("workflow_id") == order]
    assert [line["attempt"] for line in mine if line.get("activity_type") == "charge"][-1] == 3
    assert any(line["message"] == f"workflow: {order} is paid" for line in mine)
    assert any("the payment service is down" in line.get("error", "") for line in mine)
    (shown,) = re.findall(
        r'^(\{"at".*)$', lab_file(stage.lab, "guide.md", SEAT, solution=False), re.M
    )
    assert json.loads(shown).keys() == mine[0].keys()


def test_the_shop_front_is_no_worker_and_measures_all_the_same(
    stage: Stage, images: Images
) -> None:
    stage.install()
    folder = f"{COURSE}/{stage.lab.folder.name}"
    with prometheus_beside(stage.workspace, images) as prometheus:
        log = stage.begin(
            f"sh -c 'cd {folder} && echo $$ > /tmp/front.pid && exec python shop_front.py'"
        )
        try:
            wait_for_an_answer(prometheus, "shop_click_seconds_count >= 2")
            assert asked(prometheus, "absent(shop_click_seconds_count)") == []
            page = samples(stage.workspace.metrics(8090))
            assert total(page, "shop_clicks_total") >= 2
            assert stage.missing_in_guide(stage.log(log)) == []
        finally:
            stage.sh("kill $(cat /tmp/front.pid)")
        # Not down, but no target any more.
        for gone in ("absent(shop_click_seconds_count)", 'absent(up{job="workspace"})'):
            wait_for_an_answer(prometheus, gone)


def test_each_command_and_query_of_the_guide_finds_something(stage: Stage, images: Images) -> None:
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    commands = re.findall(r"^\$ (curl .*)$", guide, re.MULTILINE)
    queries = re.findall(r"```promql\n(.*)\n```", guide)
    assert (len(commands), len(queries)) == (13, 5)
    stage.install()
    with prometheus_beside(stage.workspace, images) as prometheus:
        stage.worker()
        # A rate begins with the second sample of a series.
        stage.run()
        wait_for_an_answer(prometheus, queries[0])
        stage.run("--orders 10")
        # The slowest of the ten took 2 s; the guess is the middle of a bucket from 1 s to 5 s.
        until(
            lambda: [f"{guess:.0f}" for guess in asked(prometheus, queries[1])] == ["3000"],
            "a quantile that is a guess",
            lambda: asked(prometheus, queries[1]),
        )
        all_kinds(stage)
        for query in queries:
            wait_for_an_answer(prometheus, query)
        for command in commands:
            assert stage.sh(f"set -o pipefail; {command}").strip(), command


@pytest.mark.parametrize("goal", WRONG)
def test_a_wrong_solution_misses_its_goal_alone(stage: Stage, goal: str) -> None:
    edit, because = WRONG[goal]
    rewrite(stage, edit)
    waiting(stage)
    orders = all_kinds(stage)
    results = stage.check()
    states = {name: result["state"] for name, result in results.items()}
    assert states == {**ALL, goal: "not_yet"}, results
    assert because in results[goal]["because"]
    if goal in orders:
        stage.record(f"wrong-{goal}", orders[goal])


def test_an_order_that_is_polled_for_at_once_has_waited_for_nobody(stage: Stage) -> None:
    stage.install()
    stage.worker()
    all_kinds(stage)
    results = stage.check()
    assert {name: r["state"] for name, r in results.items()} == {**ALL, "waited": "not_yet"}
    assert "Try: end the worker" in results["waited"]["because"]


@pytest.mark.parametrize("name", NEARLY)
def test_a_metric_that_nearly_tells_is_refused(stage: Stage, name: str) -> None:
    goal, edits, because = NEARLY[name]
    rewrite(stage, *edits)
    stage.worker()
    stage.run("--orders 2")
    stage.run("--trouble refused")
    results = stage.check()
    assert results[goal]["state"] == "not_yet"
    assert because in results[goal]["because"]
