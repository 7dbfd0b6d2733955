"""Resilience & Durable Timers, played with loaded dice."""

from __future__ import annotations

import re

import pytest

from tests.stage import Stage
from tests.workspace import until

LAB = "D1L3"


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker()
    said = stage.run("--orders 1")
    assert "1  paid at attempt 1" in said
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "may be tried without an end. Try: TODO 1" in results["limit"]["because"]
    assert "paid at the first attempt. Try: TODO 2" in results["retry"]["because"]
    assert "has not come to a pause" in results["restart"]["because"]
    stage.record("starter", re.findall(r"Started {2}(\S+)", said)[0])


def test_two_failures_are_made_good_by_a_third_attempt(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--dice 0,0,1")
    run, order = stage.start("--orders 1 --seconds 0.1")
    stage.wait_for(worker, "attempt 2")
    stage.record("retrying", order)
    assert "1  paid at attempt 3" in stage.wait_for(run, "Of 1:\n  ")
    stage.wait_for(worker, "please approve")
    states = stage.states()
    assert (states["limit"], states["retry"], states["exhausted"]) == ("done", "done", "not_yet")
    assert stage.missing_in_guide(stage.log(worker)) == []
    stage.record("third-attempt", order)


def test_there_is_no_fourth_attempt(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--dice 0")
    run, order = stage.start("--orders 1")
    said = stage.wait_for(run, "Of 1:\n  ")
    assert "unpaid: Activity task failed <- PaymentServiceError" in said
    assert stage.log(worker).count("activity: charge") == 3
    states = stage.states()
    assert (states["retry"], states["exhausted"]) == ("not_yet", "done")
    stage.record("exhausted", order)


def test_half_of_the_attempts_of_twenty_orders_fail(stage: Stage) -> None:
    """Whose attempt fails depends on who is first; how many do, does not."""
    stage.install()
    worker = stage.worker("--dice 0,1")
    said = stage.run()
    counts = re.findall(r"^ +(\d+) {2}(paid|unpaid)", said, re.MULTILINE)
    assert sum(int(many) for many, _ in counts) == 20
    paid = sum(int(many) for many, ending in counts if ending == "paid")

    def charged() -> int:
        return stage.log(worker).count("activity: charge")

    assert paid > 0
    until(lambda: charged() // 2 == paid, f"half of the attempts, {paid}, are good ones", charged)


def test_the_pause_survives_the_worker(stage: Stage) -> None:
    stage.install()
    first = stage.worker("--dice 1")
    run, order = stage.start("--orders 1 --seconds 12")
    stage.wait_for(first, "is paid at attempt 1")
    stage.kill()
    second = stage.worker("--dice 1")
    # Silence: the timer has not fired.
    assert stage.log(second).splitlines()[-1].startswith("Process "), stage.log(second)
    stage.wait_for(run, "Of 1:\n  ")
    assert "charge" not in stage.log(second), "what is done is not done again"
    assert f"please approve {order}" in stage.log(second)
    results = stage.check()
    assert results["restart"]["state"] == "done"
    assert stage.missing_in_guide(stage.log(second)) == []
    stage.record("survived", order)


@pytest.mark.parametrize(
    ("case", "at_least", "goal", "events"),
    [
        ("attempt", 6, "attempt_timeout", ["ACTIVITY_TASK_TIMED_OUT", "EXECUTION_FAILED"]),
        ("activity", 3, None, ["ACTIVITY_TASK_FAILED", "EXECUTION_FAILED"]),
        ("order", 5, "order_timeout", ["TIMER_STARTED", "EXECUTION_TIMED_OUT"]),
        ("timer", 2, None, ["TIMER_FIRED", "TIMER_CANCELED", "EXECUTION_COMPLETED"]),
    ],
)
def test_a_timeout_ends_what_it_bounds(
    stage: Stage, case: str, at_least: int, goal: str | None, events: list[str]
) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run(f"--case {case}")
    assert stage.missing_in_guide(said) == []
    ended = re.search(r"after (\d+)\.\d s", said)
    assert ended
    assert at_least <= int(ended[1]) < at_least + 4, said
    history = stage.history(said.split()[1])
    for event in events:
        assert any(kind.endswith(event) for kind in history), (event, history)
    reached = {goal for goal, state in stage.states().items() if state == "done"}
    assert reached == ({goal} if goal else set())
    assert "this is the clean-up" not in stage.log(worker)
    stage.record(f"case-{case}", said.split()[1])
