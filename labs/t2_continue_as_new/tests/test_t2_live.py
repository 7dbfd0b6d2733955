"""Continue-As-New, played: an account that is counted by several runs, and loses nothing."""

from __future__ import annotations

import json
import re
from itertools import accumulate, pairwise

from labkit.checking.history import Event, events_from_json, inputs
from tests.stage import Stage

LAB = "T2"

Events = tuple[Event, ...]


def runs_of(stage: Stage, account: str) -> list[Events]:
    """Return the histories of an account's runs, oldest first: each names the one after it."""
    shown = stage.sh(f"temporal workflow describe -w {account} -o json")
    run_id = json.loads(shown)["workflowExecutionInfo"]["firstRunId"]
    runs = []
    while run_id:
        shown = stage.sh(f"temporal workflow show -w {account} -r {run_id} -o json")
        runs.append(events_from_json(json.loads(shown)))
        run_id = runs[-1][-1].facts.get("newExecutionRunId")
    return runs


def added(run: Events) -> int:
    """Return how many orders a run was told of."""
    return sum(event.facts.get("signalName") == "add" for event in run)


def id_of(said: str) -> str:
    (found,) = re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)
    return str(found)


def missing_in_guide(stage: Stage, output: str) -> list[str]:
    """Return the lines that the guide does not show, however the orders fall into runs."""
    output = re.sub(r"account-[0-9a-f]{6}", "account-18caa8", output)
    output = re.sub(r"Run \d+ +\d+ events", "Run 1    60 events", output)
    output = output.replace("Run 1    60 events, completed", "Run 3    27 events, completed")
    return stage.missing_in_guide(re.sub(r"in \d+ runs", "in 3 runs", output))


def test_an_account_goes_on_from_run_to_run_and_keeps_its_points(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run()
    account = id_of(said)
    assert missing_in_guide(stage, said + stage.log(worker)) == []
    runs = runs_of(stage, account)
    # How many there are is up to how many orders a task finds: the fewer tasks, the fewer runs.
    assert len(runs) >= 2
    kinds = [run[-1].kind for run in runs]
    assert set(kinds[:-1]) == {"WorkflowExecutionContinuedAsNew"}
    assert kinds[-1] == "WorkflowExecutionCompleted"
    total = list(accumulate(map(added, runs)))
    assert total[-1] == 60
    for (before, after), orders in zip(pairwise(runs), total, strict=False):
        assert inputs(before[-1]) == inputs(after[0])
        (handed,) = inputs(after[0])
        assert (handed["orders"], handed["points"]) == (orders, orders * 10)
    asked = stage.sh(f"temporal workflow query -w {account} --type account -o json")
    assert json.loads(asked)["queryResult"][0]["points"] == 600
    listed = stage.sh("temporal workflow list --query 'WorkflowType = \"AccountWorkflow\"'")
    assert listed.count("ContinuedAsNew") == len(runs) - 1


def test_what_comes_in_while_a_run_ends_is_not_lost(stage: Stage) -> None:
    stage.install()
    stage.worker()
    said = stage.run("--orders 90 --at-once")
    assert "Result   90 orders, 900 points" in said
    runs = runs_of(stage, id_of(said))
    assert sum(map(added, runs)) == 90
    # A run is long enough after 50 events; it has heard all that there was when it ended.
    assert len(runs[0]) > 50


def test_without_it_all_of_it_is_one_history(stage: Stage) -> None:
    stage.install()
    stage.edit("workflows.py", lambda source: source.replace("closed or self", "closed and self"))
    stage.worker()
    said = stage.run()
    (run,) = runs_of(stage, id_of(said))
    assert added(run) == 60
