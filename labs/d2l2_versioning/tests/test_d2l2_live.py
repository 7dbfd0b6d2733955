"""Worker Versioning, played: deploys into the middle of orders that are on their way."""

from __future__ import annotations

import json
import re
import textwrap

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT

LAB = "D2L2"
NOTHING = {"tail": "not_yet", "broken": "not_yet", "healed": "not_yet", "patched": "not_yet"}
RECEIPT, UNPATCHED, PATCHED = 1, 2, 3
DOES_NOT_FIT = "[TMPRL1100]"

Edit = tuple[str, str, str]
"""A file, what stands there, and what shall stand there."""


def rewrite(stage: Stage, *edits: Edit, solution: bool = False) -> None:
    """Write the lab's code anew, with some edits."""
    for name in (name for name in stage.lab.files if name.endswith(".py")):
        text = lab_file(stage.lab, name, SEAT, solution=solution)
        for _, before, after in (edit for edit in edits if edit[0] == name):
            assert before in text, before
            text = text.replace(before, after)
        stage.workspace.write(f"{stage.lab.folder.name}/{name}", text)


def todos(stage: Stage, *numbers: int) -> list[Edit]:
    """Return the edits that do these TODOs, as an attendee does: the comment marks come away."""
    starter = lab_file(stage.lab, "workflows.py", SEAT, solution=False)
    edits = []
    for number in numbers:
        (task,) = re.findall(rf"# TODO {number}: .*\n((?: +#     .*\n)+)", starter)
        code = re.sub(r"^( +)#     ", r"\1", task, flags=re.MULTILINE)
        edits.append(("workflows.py", f"{task}\n", f"{code}\n"))
    return edits


def deploy(stage: Stage, *numbers: int) -> str:
    """End the worker, do these TODOs in the code as it was handed out, start another worker."""
    stage.kill()
    rewrite(stage, *todos(stage, *numbers))
    return stage.worker()


def on_its_way(stage: Stage, worker: str, seconds: float) -> tuple[str, str]:
    """Start an order and leave it when it is being packed; return its starter's log and its ID."""
    run, order = stage.start(f"--seconds {seconds}")
    stage.wait_for(worker, f"{order} is being packed")
    return run, order


def missing_in_guide(stage: Stage, output: str) -> list[str]:
    """Return what the guide does not show, whatever the code in it is called."""
    return stage.missing_in_guide(re.sub(r"Code {5}[0-9a-f]{8}\b", "Code 3f9c1e2a", output))


def described(stage: Stage, order: str, path: str) -> str:
    """Return a part of what the server says of an order, as the guide asks for it."""
    return stage.sh(f"temporal workflow describe -w {order} -o json | jq -r {path}").strip()


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run("--seconds 1")
    assert missing_in_guide(stage, said + stage.log(worker)) == []
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "it sent no receipt. Try: TODO 1" in results["tail"]["because"]
    assert "no replay of it failed. Try: TODO 2" in results["broken"]["because"]
    stage.record("starter", said.split()[1])


def test_a_change_at_the_end_reaches_an_older_order(stage: Stage) -> None:
    stage.install(solution=False)
    run, older = on_its_way(stage, stage.worker(), 4)
    with_receipt = deploy(stage, RECEIPT)
    stage.wait_for(run, "Result")
    assert f"the receipt for {older} is sent" in stage.log(with_receipt)
    assert missing_in_guide(stage, stage.log(with_receipt)) == []
    assert stage.states() == {**NOTHING, "tail": "done"}
    stage.record("inherited", older)

    younger = stage.run("--seconds 1").split()[1]
    stage.record("all-new", younger)


def test_a_change_before_charge_stops_an_order_and_a_patch_heals_it(stage: Stage) -> None:
    stage.install(solution=False)
    run, stuck = on_its_way(stage, stage.worker(), 4)
    unpatched = deploy(stage, UNPATCHED)
    said = stage.wait_for(unpatched, DOES_NOT_FIT)
    assert missing_in_guide(stage, said) == []
    status = described(stage, stuck, ".workflowExecutionInfo.status")
    assert status == "WORKFLOW_EXECUTION_STATUS_RUNNING", "stuck, not failed"
    assert int(described(stage, stuck, ".pendingWorkflowTask.attempt")) > 1
    kinds = stage.history(stuck)
    assert kinds.index("EVENT_TYPE_TIMER_FIRED") < kinds.index("EVENT_TYPE_WORKFLOW_TASK_FAILED")
    results = stage.check()
    assert results["broken"]["state"] == "done"
    assert "it is stuck, at attempt" in results["healed"]["because"]
    stage.record("stuck", stuck)

    patched = deploy(stage, RECEIPT, PATCHED)
    stage.wait_for(run, "Result")
    assert "fraud" not in stage.log(patched), "the old order stays on its old path"
    assert stage.states() == {**NOTHING, "broken": "done", "healed": "done"}
    stage.record("healed", stuck)

    new = stage.run("--seconds 1").split()[1]
    assert stage.states() == {**NOTHING, "broken": "done", "healed": "done", "patched": "done"}
    assert missing_in_guide(stage, stage.log(run) + stage.log(patched)) == []
    stage.record("patched", new)
    listed = stage.sh("""temporal workflow list --query 'TemporalChangeVersion = "check-fraud"'""")
    assert new in listed
    assert stuck not in listed


def test_a_switch_that_is_turned_is_no_change_of_code(stage: Stage) -> None:
    """What an environment decides breaks a replay as well; but this lab is about code."""
    edits = todos(stage, UNPATCHED)
    ((_, _, check),) = edits
    stage.install(solution=False)
    rewrite(
        stage,
        *edits,
        ("workflows.py", check, "        if CHECK:\n" + textwrap.indent(check, "    ")),
        ("workflows.py", "from activities import", "from activities import CHECK,"),
        ("activities.py", "from temporalio", "import os\n\nfrom temporalio"),
        ("activities.py", "import Order\n", 'import Order\n\nCHECK = "CHECK" in os.environ\n'),
    )
    run, order = on_its_way(stage, stage.worker(), 4)
    stage.kill()
    turned = stage.begin("env CHECK=yes lab worker D2L2")
    stage.wait_for(turned, DOES_NOT_FIT)
    stage.kill()
    stage.worker()
    stage.wait_for(run, "Result")
    results = stage.check()
    assert results["healed"]["state"] == "done"
    assert results["broken"]["state"] == "not_yet"
    assert "and yet code" in results["broken"]["because"]
    stage.record("switched", order)


def test_an_order_that_is_ended_is_not_healed(stage: Stage) -> None:
    stage.install(solution=False)
    _, order = on_its_way(stage, stage.worker(), 4)
    stage.wait_for(deploy(stage, UNPATCHED), DOES_NOT_FIT)
    stage.sh(f"temporal workflow terminate -w {order}")
    results = stage.check()
    assert results["broken"]["state"] == "done"
    assert results["healed"]["state"] == "not_yet"
    assert "it is over, but not healed: Terminated" in results["healed"]["because"]
    stage.record("ended", order)


def test_a_check_without_a_patch_leaves_no_marker(stage: Stage) -> None:
    stage.install(solution=False)
    deploy(stage, RECEIPT, UNPATCHED)
    order = stage.run("--seconds 1").split()[1]
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "its history has no marker" in results["patched"]["because"]
    assert "did all of it, receipt included" in results["tail"]["because"]
    stage.record("unpatched", order)


PAUSE = "        await workflow.sleep(order.pause_seconds)\n"
SHIP = "        await workflow.execute_activity(ship, order, start_to_close_timeout=SOON)\n"
CHANGES: dict[str, tuple[str, list[Edit]]] = {
    "a": ("goes on", [("workflows.py", "sleep(order.pause_seconds)", "sleep(5)")]),
    "b": ("goes on", [("workflows.py", "seconds=5", "seconds=10")]),
    "c": (
        "goes on",
        [
            ("workflows.py", "is being packed", "is in good hands"),
            ("workflows.py", "was shipped", "is on the road"),
        ],
    ),
    "d": ("breaks", [("workflows.py", PAUSE + SHIP, SHIP + PAUSE)]),
    "e": (
        "breaks",
        [
            ("workflows.py", "import charge,", "import charge_card,"),
            ("workflows.py", "(charge,", "(charge_card,"),
            ("activities.py", "def charge(", "def charge_card("),
        ],
    ),
    "f": ("breaks", [("orders.py", "    pause_seconds: ", "    gift: bool\n    pause_seconds: ")]),
    "g": (
        "breaks",
        [
            ("workflows.py", "class Order", "class ShopOrder"),
            ("starter.py", "OrderWorkflow", "ShopOrderWorkflow"),
        ],
    ),
}
REMEDIES: dict[str, Edit] = {
    "e": ("activities.py", "n\nasync def charge_card", 'n(name="charge")\nasync def charge_card'),
    "f": ("orders.py", "gift: bool", "gift: bool = False"),
    "g": ("workflows.py", "@workflow.defn", '@workflow.defn(name="OrderWorkflow")'),
}


def test_a_change_is_tried_on_the_orders_on_their_way(stage: Stage) -> None:
    stage.install()
    _, order = on_its_way(stage, stage.worker(), 600)
    stage.kill()  # a replay needs no worker
    before = stage.history(order)
    for change, (verdict, edits) in CHANGES.items():
        rewrite(stage, *edits, solution=True)
        said = stage.run("--replay")
        assert f"{order}  {verdict}" in said, change
        assert missing_in_guide(stage, said) == [], change
        if change in REMEDIES:
            rewrite(stage, *edits, REMEDIES[change], solution=True)
            assert f"{order}  goes on" in stage.run("--replay"), change
    assert stage.history(order) == before
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    assert set(re.findall(r"^\| ([a-z]) \|", guide, re.MULTILINE)) == CHANGES.keys()


def test_a_patch_is_retired_when_no_order_went_by_without_it(stage: Stage) -> None:
    stage.install(solution=False)
    _, before = on_its_way(stage, stage.worker(), 600)
    stage.kill()
    stage.install()
    _, after = on_its_way(stage, stage.worker(), 600)
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (retired,) = re.findall(r"```python\n(workflow\.deprecate_patch.*?)```", guide, re.DOTALL)
    ((name, todo, _),) = todos(stage, UNPATCHED)
    rewrite(stage, (name, todo, textwrap.indent(retired, " " * 8)))
    said = stage.run("--replay")
    assert f"{before}  breaks: " in said
    assert f"{after}  goes on" in said
    assert missing_in_guide(stage, said) == []
    unmarked = 'ExecutionStatus = "Running" AND TemporalChangeVersion IS NULL'
    assert f"'{unmarked}'" in guide
    listed = stage.sh(f"temporal workflow list --query '{unmarked}'")
    assert before in listed
    assert after not in listed


def test_a_new_type_beside_the_old_one_needs_no_patch(stage: Stage) -> None:
    stage.install(solution=False)
    run, order = on_its_way(stage, stage.worker(), 4)
    stage.kill()
    first = lab_file(stage.lab, "workflows.py", SEAT, solution=False)
    second = lab_file(stage.lab, "workflows.py", SEAT, solution=True)
    _, _, copy = second.partition("@workflow.defn")
    copy = f"\n\n@workflow.defn{copy}".replace("OrderWorkflow", "OrderWorkflowV2")
    rewrite(
        stage,
        ("workflows.py", first, first + copy),
        ("worker.py", "import OrderWorkflow", "import OrderWorkflow, OrderWorkflowV2"),
        ("worker.py", "[OrderWorkflow]", "[OrderWorkflow, OrderWorkflowV2]"),
    )
    worker = stage.worker()
    new = json.dumps({"order_id": "order-v2", "pause_seconds": 1})
    queue = "--task-queue d2l2_orders"
    stage.sh(f"temporal workflow start --type OrderWorkflowV2 -w order-v2 {queue} --input '{new}'")
    stage.wait_for(run, "Result")
    stage.wait_for(worker, "receipt for order-v2")
    said = stage.log(worker)
    assert "order-v2 is checked" in said
    assert f"{order} is shipped" in said
    assert DOES_NOT_FIT not in said
