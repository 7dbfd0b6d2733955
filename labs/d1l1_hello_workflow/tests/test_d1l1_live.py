"""Hello Workflow, played: an order survives the worker that began it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.stage import Stage

LAB = "D1L1"


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    worker = stage.worker()
    said = stage.run()
    assert "is confirmed to ada@example.com" in said
    assert stage.missing_in_guide(said) == []
    results = stage.check()
    assert {r["state"] for r in results.values()} == {"not_yet"}
    assert "it ended without a timer. Try: TODO 2" in results["pause"]["because"]
    assert "Process" in stage.log(worker)
    stage.record("starter", said.split()[1])


def test_an_order_survives_the_worker_that_began_it(stage: Stage) -> None:
    stage.install()
    first = stage.worker()
    said = stage.run("--seconds 1")
    stage.record("not-killed", said.split()[1])
    assert stage.states() == {"pause": "done", "restart": "not_yet"}

    run, order = stage.start("--seconds 12")
    stage.wait_for(first, f"logger: {order} accepted")
    stage.record("in-its-pause", order)
    killed = stage.sh("lab kill")
    second = stage.worker()
    assert "print:" not in stage.log(second)  # silence: the timer has not fired
    stage.wait_for(run, "Result")

    said = stage.log(second)
    assert said.count(f"{order} accepted") == 1, "print repeats in a replay, the logger does not"
    assert said.count("pause is over") == 2
    assert stage.missing_in_guide(killed + said + stage.log(run)) == []
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == {"pause": "done", "restart": "done"}
    assert results["restart"]["evidence"]["workflow_id"] == order
    assert stage.missing_in_guide(stage.sh("lab check D1L1")) == []
    stage.record("survived", order)


def test_a_timer_fires_while_nobody_works(stage: Stage) -> None:
    stage.install()
    first = stage.worker()
    run, order = stage.start("--seconds 3")
    stage.wait_for(first, f"logger: {order} accepted")
    stage.kill()
    stage.sh("sleep 3.5")
    assert "EVENT_TYPE_TIMER_FIRED" in stage.history(order)
    assert "no worker has gone on with it" in stage.check()["restart"]["because"]
    stage.record("fired-alone", order)
    stage.worker()
    stage.wait_for(run, "Result")
    assert stage.states()["restart"] == "done"


OUTSIDE = """
import asyncio, json, pathlib, sys
from temporalio.client import Client
from labkit.checking.checks import check
from labkit.labs import find_lab
from labkit.leaving import leave
async def main(labs, address, namespace):
    client = await Client.connect(address, namespace=namespace)
    found = await check(client, find_lab(pathlib.Path(labs), "D1L1"))
    print(json.dumps({f.goal.id: f.state for f in found}))
asyncio.run(main(*sys.argv[1:]))
leave()
"""


def test_the_same_check_runs_outside_the_workspace(stage: Stage) -> None:
    stage.install()
    stage.worker()
    stage.run("--seconds 1")
    labs = stage.lab.folder.parent
    said = subprocess.check_output(
        [sys.executable, "-c", OUTSIDE, str(labs), stage.server(), stage.namespace],
        env={**os.environ, "PYTHONPATH": str(labs)},
        text=True,
    )
    assert json.loads(said) == stage.states() == {"pause": "done", "restart": "not_yet"}


def test_a_server_that_is_away_leaves_the_goals_unknown(stage: Stage) -> None:
    said = stage.sh("TEMPORAL_ADDRESS=localhost:1 lab check --json D1L1")
    assert {json.loads(line)["state"] for line in said.splitlines()} == {"unknown"}
    told = stage.sh("TEMPORAL_ADDRESS=localhost:1 lab check D1L1")
    assert "Your Temporal server at localhost:1 does not answer." in told
