"""Saga, played: three kinds of trouble and a cancellation, with right and with wrong code."""

from __future__ import annotations

import re
import textwrap

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT

LAB = "D2L4"
TROUBLES = ("down", "refused", "lost")
UNDONE = "reserved, charged, refunded, released"
HANDLER = "            await self._undo(order)\n            raise\n"
REMEMBER = "        self._to_undo.append(opposite)\n"
CALL = "execute_activity_method(\n            step, order, "
CALL_ENDS = "schedule_to_close_timeout=within\n        )\n"

Edit = tuple[str, str]
"""What stands in a file of the solution, and what shall stand there."""

WRONG: dict[str, tuple[str, str, str, list[Edit]]] = {
    "forward": (
        "down",
        UNDONE,
        "its courier was given up at attempt 1",
        [
            (CALL, f"{CALL}retry_policy=RetryPolicy(maximum_attempts=1), "),
            ("import workflow\n", "import workflow\nfrom temporalio.common import RetryPolicy\n"),
        ],
    ),
    "undone": (
        "refused",
        "reserved, charged, released, refunded",
        "it was undone in the wrong order: release, refund",
        [("reversed(self._to_undo)", "self._to_undo")],
    ),
    "doubtful": (
        "lost",
        "reserved, charged, released",
        "charge ran out of time, and nobody asked for refund",
        [(REMEMBER, ""), (CALL_ENDS, CALL_ENDS + REMEMBER)],
    ),
    "canceled": (
        "canceled",
        "reserved, charged",
        "it was canceled, and nobody asked for: refund, release",
        [(f"        except asyncio.CancelledError:\n{HANDLER}", "")],
    ),
}


def rewrite(stage: Stage, edits: list[Edit], name: str = "workflows.py") -> None:
    """Write a file of the solution with some edits."""
    text = lab_file(stage.lab, name, SEAT, solution=True)
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    stage.workspace.write(f"{stage.lab.folder.name}/{name}", text)


def play(stage: Stage, worker: str) -> dict[str, tuple[str, str]]:
    """Let all that may happen to an order happen, side by side; return what was said, and IDs."""
    runs = {trouble: stage.start(f"--trouble {trouble}") for trouble in TROUBLES}
    runs["canceled"] = stage.start("--seconds 60")
    _, order = runs["canceled"]
    stage.wait_for(worker, f"{order} is being packed")
    stage.sh(f"temporal workflow cancel -w {order}")
    return {name: (stage.wait_for(run, "Books"), order) for name, (run, order) in runs.items()}


def books(said: str) -> str:
    """Return what the books have about an order, as its starter told it."""
    return said.partition("Books")[2].strip()


def of_order(log: str, order: str) -> str:
    """Return a worker's lines about an order."""
    return "\n".join(line for line in log.splitlines() if order in line)


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run()
    assert stage.missing_in_guide(said + stage.log(worker)) == []
    assert {r["state"] for r in stage.check().values()} == {"not_yet"}
    stage.record("starter", said.split()[1])


def test_as_handed_out_the_shop_keeps_goods_and_money(stage: Stage) -> None:
    stage.install(solution=False)
    endings = play(stage, stage.worker())
    results = stage.check()
    assert {goal for goal, r in results.items() if r["state"] == "done"} == {"forward"}
    nobody = "and nobody asked for: refund, release. Try: TODO"
    assert f"book_courier was refused, {nobody} 1" in results["undone"]["because"]
    assert f"it was canceled, {nobody} 4" in results["canceled"]["because"]
    for name in ("refused", "lost", "canceled"):
        said, order = endings[name]
        assert books(said) == "reserved, charged"
        assert stage.missing_in_guide(said) == []
        stage.record(f"kept-{name}", order)


def test_an_outage_is_waited_out_and_everything_else_is_undone(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    endings = play(stage, worker)
    assert set(stage.states().values()) == {"done"}
    for name, (said, order) in endings.items():
        assert stage.missing_in_guide(said) == [], name
        assert stage.missing_in_guide(of_order(stage.log(worker), order)) == [], name
        stage.record(name, order)
    assert books(endings["down"][0]) == "reserved, charged, courier booked"
    assert {books(endings[name][0]) for name in ("refused", "lost", "canceled")} == {UNDONE}
    _, refused = endings["refused"]
    assert f"{refused}, no courier booked to undo" in stage.log(worker)


@pytest.mark.parametrize("goal", WRONG)
def test_a_wrong_saga_is_refused_by_one_goal_alone(stage: Stage, goal: str) -> None:
    name, entries, because, edits = WRONG[goal]
    stage.install()
    rewrite(stage, edits)
    endings = play(stage, stage.worker())
    results = stage.check()
    assert {g for g, r in results.items() if r["state"] != "done"} == {goal}
    assert because in results[goal]["because"]
    said, order = endings[name]
    assert books(said) == entries
    stage.record(f"wrong-{goal}", order)


def test_an_order_is_undone_by_a_worker_that_did_none_of_it(stage: Stage) -> None:
    stage.install()
    first = stage.worker()
    run, order = stage.start("--seconds 60")
    stage.wait_for(first, f"{order} is being packed")
    stage.kill()
    stage.sh(f"temporal workflow cancel -w {order}")
    second = stage.worker()
    assert books(stage.wait_for(run, "Books")) == UNDONE
    assert "charged" not in stage.log(second)


def test_a_cancellation_ends_the_undoing_unless_somebody_goes_on_waiting(stage: Stage) -> None:
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (patient,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    hasty = "await self._undo(order)\n"
    stage.install()
    refund = '        self._undo(order, "charged"'
    rewrite(stage, [(refund, f"        time.sleep(1.5)\n{refund}")], "activities.py")
    for code, released in ((hasty, False), (textwrap.dedent(patient), True)):
        rewrite(stage, [(" " * 12 + hasty, textwrap.indent(code, " " * 12))])
        worker = stage.worker()
        run, order = stage.start("--trouble refused")
        stage.wait_for(worker, f"{order} is to be undone")
        stage.sh(f"temporal workflow cancel -w {order}")
        assert ("released" in books(stage.wait_for(run, "Books"))) is released
        stage.kill()
