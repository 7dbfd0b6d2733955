"""Worker Versioning, played slowly: who mends the code after five minutes waits for seconds.

In a file of its own, which begins before the others: it does nothing but wait, beside them.
"""

from __future__ import annotations

import re
import time

from tests.stage import Stage

LAB = "D2L2"
STUCK_S = 300
WITHIN_S = 15
"""What the guides and the doctor promise. By default the server's pauses have grown to minutes."""


def broken(starter: str) -> str:
    """Return the code as handed out with TODO 2 done: a change that no older order survives."""
    (task,) = re.findall(r"# TODO 2: .*\n((?: +#     .*\n)+)", starter)
    return starter.replace(task, re.sub(r"^( +)#     ", r"\1", task, flags=re.MULTILINE))


def test_a_fix_is_picked_up_within_seconds_after_five_minutes_of_being_stuck(stage: Stage) -> None:
    stage.install(solution=False)
    first = stage.worker()
    run, order = stage.start("--seconds 4")
    stage.wait_for(first, f"{order} is being packed")
    stage.kill()
    stage.edit("workflows.py", broken)
    stage.wait_for(stage.worker(), "[TMPRL1100]")

    time.sleep(STUCK_S)
    assert "Result" not in stage.log(run)
    describe = f"temporal workflow describe -w {order} -o json"
    assert int(stage.sh(f"{describe} | jq -r .pendingWorkflowTask.attempt")) > 1

    stage.kill()
    stage.install()
    stage.worker()
    began = time.monotonic()
    stage.wait_for(run, f"Result   Order {order} was shipped")
    assert time.monotonic() - began <= WITHIN_S
