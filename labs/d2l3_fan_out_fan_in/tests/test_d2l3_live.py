"""Fan-Out / Fan-In, played: with ten threads, with two, with none, and at a pace."""

from __future__ import annotations

import re

import pytest

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "D2L3"
GOALS = ("fanout", "parallel", "fanin", "partial", "pace")
ALL, NOTHING = dict.fromkeys(GOALS, "done"), dict.fromkeys(GOALS, "not_yet")

# What the solution says, and what a wrong one says instead.
STARTED = """\
        jobs = [
            workflow.start_activity(process_job, job, start_to_close_timeout=SOON)
            for job in order.jobs
        ]
"""
ONE_BY_ONE = """\
        jobs = []
        for job in order.jobs:
            jobs.append(workflow.start_activity(process_job, job, start_to_close_timeout=SOON))
            nothing = type(job)("nothing", "nowhere", 0)
            await workflow.execute_activity(process_job, nothing, start_to_close_timeout=SOON)
"""
GATHERED = """\
        endings = await asyncio.gather(*jobs, return_exceptions=True)
"""
GATHERED_IN_GOOD_FAITH = """\
        endings = await asyncio.gather(*jobs)
"""
ALL_BUT_TWO = """\
        await workflow.wait_condition(lambda: sum(job.done() for job in jobs) >= len(jobs) - 2)
        endings = [job.exception() if job.done() else None for job in jobs]
"""
A_THREAD_EACH = "[process_job_in_a_coroutine if coroutine else process_job]"
PACE = "            max_task_queue_activities_per_second=per_second,\n"

Wrong = tuple[str, tuple[str, str], str]

# For each goal a solution that misses it and no other: the file, the change, what the check says.
WRONG: dict[str, Wrong] = {
    "fanout": (
        "workflows.py",
        (STARTED, ONE_BY_ONE),
        "jobs one after the other. Try: `workflow.start_activity` in TODO 2",
    ),
    "parallel": (
        "worker.py",
        (A_THREAD_EACH, "[process_job_in_a_coroutine]"),
        "s of work took",
    ),
    "fanin": (
        "workflows.py",
        (GATHERED, ALL_BUT_TWO),
        "jobs were over. Try: `asyncio.gather` of all jobs in TODO 3",
    ),
    "partial": (
        "workflows.py",
        (GATHERED, GATHERED_IN_GOOD_FAITH),
        "one of its jobs failed, and all of it with that. Try: TODO 4",
    ),
    "pace": (
        "worker.py",
        (PACE, ""),
        "its jobs began as soon as a worker had room for them. Try: TODO 5",
    ),
}


def change(stage: Stage, name: str, right: str, wrong: str) -> None:
    """Write the solution with a mistake in it."""
    stage.install()
    source = lab_file(stage.lab, name, SEAT, solution=True)
    assert source.count(right) == 1, right
    stage.workspace.write(f"{stage.lab.folder.name}/{name}", source.replace(right, wrong))


def order_of(said: str) -> str:
    """Return the ID of the order that a run of the starter placed."""
    (order,) = re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)
    return str(order)


def took(said: str) -> float:
    """Return how many seconds an order took."""
    return float(re.findall(r"after (\d+\.\d) s", said)[0])


def not_in_guide(stage: Stage, log: str) -> list[str]:
    """Return lines that the guide does not show, of any parcel: the guide shows one or two."""
    log = re.sub(r"-\d\d (begins|is packed)", r"-01 \1", log)
    log = re.sub(r"-\d\d, after", "-03, after", log)
    return stage.missing_in_guide(log)


def test_the_starter_runs_and_is_told_what_is_missing(stage: Stage) -> None:
    stage.install(solution=False)
    stage.worker()
    said = stage.run()
    assert stage.missing_in_guide(said) == []
    results = stage.check()
    assert {goal: r["state"] for goal, r in results.items()} == NOTHING
    assert "it asked for no job. Try: TODO 1 and 2" in results["fanout"]["because"]
    assert "none of its jobs failed for good" in results["partial"]["because"]
    stage.record("starter", order_of(said))


def test_ten_jobs_take_the_time_of_one(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run()
    assert "10 of 10 parcels are packed" in said
    assert took(said) < 5
    log = stage.log(worker)
    assert log.index("begins") < log.rindex("begins") < log.index("is packed")
    assert log.rindex("is packed") < log.index("all jobs of"), "it waited for the last of them"
    assert not_in_guide(stage, said + log) == []
    assert stage.states() == {**NOTHING, "fanout": "done", "parallel": "done", "fanin": "done"}
    stage.record("side-by-side", order_of(said))


def test_the_worker_decides_how_many_go_side_by_side(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--threads 2")
    said = stage.run()
    assert took(said) >= 5
    working = most = 0
    for begins in re.findall(r"(begins)|is packed", stage.log(worker)):
        working += 1 if begins else -1
        most = max(most, working)
    assert most == 2
    assert not_in_guide(stage, said + stage.log(worker)) == []
    assert stage.states() == {**NOTHING, "fanout": "done", "fanin": "done"}
    stage.record("two-threads", order_of(said))


def test_a_coroutine_that_blocks_starves_everything(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--coroutine")
    said = stage.run()
    assert took(said) >= 10
    order = ["begins", "is packed"] * 10
    assert re.findall(r"begins|is packed", stage.log(worker)) == order
    assert not_in_guide(stage, said + stage.log(worker)) == []
    assert stage.states() == {**NOTHING, "fanout": "done", "fanin": "done"}
    stage.record("starved", order_of(said))


def test_one_failure_takes_the_others_along_unless_it_is_gathered_with_them(stage: Stage) -> None:
    change(stage, "workflows.py", GATHERED, GATHERED_IN_GOOD_FAITH)
    worker = stage.worker()
    said = stage.run("--missing", expect=1)
    stage.wait_for(worker, "the server had given it up before")
    assert not_in_guide(stage, said + stage.log(worker)) == []
    stage.record("all-lost", order_of(said))
    stage.kill()

    stage.install()
    stage.worker()
    said = stage.run("--missing")
    assert "9 of 10 parcels are packed; not" in said
    assert not_in_guide(stage, said) == []
    assert stage.states()["partial"] == "done"
    stage.record("nine-of-ten", order_of(said))


def test_the_server_keeps_a_pace_until_a_worker_asks_for_none(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--per-second 2")
    paced: list[str] = []

    def at_a_pace() -> bool:
        paced.append(stage.run("--seconds 0.1"))
        assert took(paced[-1]) >= 3
        return stage.states()["pace"] == "done"

    # On a busy machine tasks that the server let go one after the other may start together.
    until(at_a_pace, "an order whose jobs start at a pace", lambda: paced)
    assert not_in_guide(stage, paced[-1] + stage.log(worker)) == []
    stage.record("at-a-pace", order_of(paced[-1]))
    stage.kill()
    stage.worker()
    # On a busy machine it may take several orders to see one that nothing held up.
    runs: list[str] = []

    def in_haste() -> bool:
        runs.append(stage.run("--seconds 0.1"))
        return took(runs[-1]) < 3

    until(in_haste, "an order that nothing held up", lambda: runs)


@pytest.mark.parametrize("goal", WRONG)
def test_a_wrong_solution_misses_its_goal_alone(stage: Stage, goal: str) -> None:
    name, (right, wrong), because = WRONG[goal]
    change(stage, name, right, wrong)
    stage.worker("--threads 4" if goal == "fanin" else "")
    first = stage.run(f"--jobs 6 --seconds {2 if goal == 'fanout' else 1}")
    missing = stage.sh("lab run D2L3 --jobs 6 --missing", expect=None)
    stage.kill()
    stage.worker("--per-second 2")
    stage.run("--jobs 9 --seconds 0.1")
    results = stage.check()
    states = {goal: result["state"] for goal, result in results.items()}
    assert states == {**ALL, goal: "not_yet"}, results
    assert because in results[goal]["because"]
    stage.record(f"wrong-{goal}", order_of(missing if goal == "partial" else first))
