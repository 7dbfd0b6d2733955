"""Testing, played: the attendee's tests on a good shop and on bad ones, right tests and wrong."""

from __future__ import annotations

import json
import re
import textwrap

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import COURSE, SEAT

LAB = "T1"
GOALS = ("green", "unit", "integration", "skipped", "patience", "replay")
ALL, NOTHING = dict.fromkeys(GOALS, "done"), dict.fromkeys(GOALS, "not_yet")
UNITTEST = f"cd {COURSE}/t1_testing && python -m unittest"

SKIPPED = "        skipper = TimeSkipper(self.client)\n"
PATCHED = """\
        skipper = self
        day = patch("workflows.timedelta", lambda days: timedelta(seconds=days / 5))
        day.start()
        self.addCleanup(day.stop)
        self.worker = Worker(
            self.client,
            task_queue=f"t1_tests_{uuid4().hex[:6]}",
            workflows=[OrderWorkflow],
            activities=self.shop.activities,
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
"""
IMPORTS = """\
from unittest.mock import patch
from temporalio.worker import UnsandboxedWorkflowRunner
from uuid import uuid4
"""

# For each goal tests that miss it and no other: what they should say, what they do say, why not.
WRONG: dict[str, tuple[list[tuple[str, str]], str]] = {
    "green": (
        [("class EarlierOrders", "class Odd(IsolatedAsyncioTestCase):\n    def test_odd(self) "
          "-> None:\n        self.fail()\n\n\nclass EarlierOrders")],
        "on the shop as it is, test_odd failed. Try: `python -m unittest`",
    ),
    "unit": (
        [("((9_999, 9_999), (10_000, 9_000))", "((9_999, 9_999), (10_001, 9_000))")],
        "the bug “too strict” makes no test fail that passes without it. Try: TODO 1",
    ),
    "integration": (
        [('            self.assertEqual(await order.result(), "40.00 paid, and shipped")',
          "            await order.result()")],
        "the bug “full price” makes no test fail that passes without it. Try: TODO 2",
    ),
    "skipped": (
        [(SKIPPED, PATCHED), ("from uuid import uuid4\n", IMPORTS)],
        "its clock was never put forward. Try: TODO 3",
    ),
    "patience": (
        [('["remind", "remind", "remind", "release"]', '["release"]'), ("[-4:]", "[-1:]")],
        "the bug “impatient” makes no test fail that passes without it. Try: TODO 3",
    ),
    "replay": (
        [("            await replayer.replay_workflow(history)\n", "")],
        "the bug “tidied up” makes no test fail that passes without it. Try: TODO 4",
    ),
}  # fmt: skip


def rewrite(stage: Stage, *edits: tuple[str, str]) -> None:
    """Write the tests of the solution with some edits."""
    text = lab_file(stage.lab, "test_orders.py", SEAT, solution=True)
    for before, after in edits:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    stage.workspace.write("t1_testing/test_orders.py", text)


def id_of(said: str) -> str:
    """Return the ID that a run of the starter printed."""
    (found,) = re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)
    return str(found)


def orders_of_tests(stage: Stage) -> dict[str, str]:
    """Return the orders that tests placed: their IDs by what became of them."""
    query = "TaskQueue STARTS_WITH 't1_tests_' AND ExecutionStatus = 'Completed'"
    listed = json.loads(stage.sh(f'temporal workflow list -o json --query "{query}"'))
    found = {}
    for order in listed:
        order_id = order["execution"]["workflowId"]
        skipped = any("TIME_SKIPPING" in kind for kind in stage.history(order_id))
        found["skipped" if skipped else "paid"] = order_id
    return found


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run()
    released = stage.run("--release")
    assert stage.missing_in_guide(said + released) == []
    assert stage.log(worker).count(", 0 of 0 fail") == 5
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert "there was no test in it. Try: TODO 1" in results["green"]["because"]
    assert "its clock was never put forward. Try: TODO 3" in results["skipped"]["because"]
    stage.record("starter", id_of(released))
    stage.record("order", id_of(said))


def test_each_bug_is_noticed_by_one_test_and_no_other(stage: Stage) -> None:
    stage.install()
    stage.worker()
    stage.run()
    said = stage.sh(UNITTEST)
    assert "Ran 4 tests" in said
    found = orders_of_tests(stage)
    stage.record("skipped", found["skipped"])
    stage.record("paid", found["paid"])
    released = stage.run("--release")
    assert stage.missing_in_guide(released) == []
    assert stage.states() == ALL
    stage.record("released", id_of(released))


def test_a_test_that_replays_nothing_says_so(stage: Stage) -> None:
    stage.install()
    said = stage.sh(f"{UNITTEST} test_orders.EarlierOrders", expect=1)
    assert "there is no order yet: `lab run T1`" in said


@pytest.mark.parametrize("goal", WRONG)
def test_a_test_without_teeth_misses_its_goal_alone(stage: Stage, goal: str) -> None:
    edits, because = WRONG[goal]
    stage.install()
    rewrite(stage, *edits)
    stage.worker()
    stage.run()
    released = stage.run("--release")
    results = stage.check()
    assert {g: r["state"] for g, r in results.items()} == {**ALL, goal: "not_yet"}, results
    assert because in results[goal]["because"]
    stage.record(f"wrong-{goal}", id_of(released))


def test_a_shop_that_is_not_as_it_came_is_not_rehearsed_with_a_bug(stage: Stage) -> None:
    stage.install(solution=False)
    stage.edit("workflows.py", lambda source: source.replace("DAYS = 3", "DAYS = 4"))
    worker = stage.worker()
    stage.run("--release", expect=1)
    assert "workflows.py is not as it came; `lab reset T1`" in stage.log(worker)


def test_a_test_may_bring_its_own_server_and_go_a_day_at_a_time(stage: Stage) -> None:
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (own_server,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    stage.install()
    day_by_day = textwrap.dedent("""\
        await skipper.fast_forward(order, timedelta(hours=60))
        await order.signal(OrderWorkflow.pay)
        self.assertEqual(await order.result(), "40.00 paid, and shipped")
        self.assertEqual(self.shop.asked[2:], ["remind", "remind", "ship"])
    """)
    rewrite(
        stage,
        ("TimeSkipper(self.client)", "TimeSkipper(self.client, config=TimeSkippingConfig(False))"),
        ("ActivityEnvironment, TimeSk", "ActivityEnvironment, TimeSkippingConfig, TimeSk"),
        (
            '            self.assertEqual(await order.result(), "not paid, and released")\n'
            '        self.assertEqual(self.shop.asked[-4:], ["remind", "remind", "remind", '
            '"release"])\n',
            textwrap.indent(day_by_day, " " * 12),
        ),
        ("QUICKLY = timedelta", f"{own_server}\n\nQUICKLY = timedelta"),
        (
            "        self.client = await Client.connect(**ClientConfig."
            "load_client_connect_config())\n",
            "        server = await own_server()\n"
            "        self.addAsyncCleanup(server.shutdown)\n"
            "        self.client = server.client\n",
        ),
    )
    # Now and then a process that had a worker crashes on its way out, when all is done and said.
    said = stage.sh(f"{UNITTEST} test_orders.WholeWorkflow || test $? -eq 139")
    assert "Ran 2 tests" in said
    assert "\nOK" in said
    assert orders_of_tests(stage) == {}, "nothing of it is on the seat's server"
