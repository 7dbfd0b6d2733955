"""Schedules, played: on time, paused, by hand, made good, and never two at once."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T4"


def missing_in_guide(stage: Stage, output: str) -> list[str]:
    output = re.sub(r"report-[0-9a-f]{6}", "report-07bb51", output)
    return stage.missing_in_guide(re.sub(r"every \d s", "every 5 s", output))


def make(stage: Stage, arguments: str) -> str:
    """Make a schedule, and return its ID."""
    said = stage.run(arguments)
    assert missing_in_guide(stage, said) == []
    (schedule,) = re.findall(r"^Schedule (\S+),", said, re.MULTILINE)
    return str(schedule)


def typed(stage: Stage, schedule: str, words: str) -> str:
    """Run the guide's command that has these words, on this schedule."""
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    given = [c for c in re.findall(r"^\$ (temporal .*)$", guide, re.MULTILINE) if words in c]
    assert len(given) == 1, given
    return stage.sh(given[0].replace("report-07bb51", schedule))


def reports(stage: Stage, schedule: str) -> list[dict[str, Any]]:
    """Return the runs that a schedule has started and that are over, in the order of their time."""
    query = f'TemporalScheduledById = "{schedule}" AND ExecutionStatus = "Completed"'
    listed = json.loads(stage.sh(f"temporal workflow list -o json --query '{query}'"))
    return sorted(listed, key=lambda run: str(run["startTime"]))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def due(run: dict[str, Any]) -> datetime:
    """Return the time that a run is for: its ID ends with it."""
    return moment(str(run["execution"]["workflowId"])[-20:])


def wait_for(stage: Stage, schedule: str, count: int) -> list[dict[str, Any]]:
    until(
        lambda: len(reports(stage, schedule)) >= count,
        f"{count} reports",
        lambda: reports(stage, schedule),
    )
    return reports(stage, schedule)


def test_two_on_time_none_in_a_pause_and_what_is_asked_for_by_hand(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    schedule = make(stage, "--every 2")
    first, second, *_ = wait_for(stage, schedule, 2)
    # On a busy machine a report may take so long that the next one is left out.
    apart = due(second) - due(first)
    assert apart >= timedelta(seconds=2)
    assert apart % timedelta(seconds=2) == timedelta()
    for run in (first, second):
        assert timedelta() <= moment(run["startTime"]) - due(run) < timedelta(seconds=5)
        assert f"the report for {due(run):%H:%M:%S} is written" in stage.log(worker)
    assert missing_in_guide(stage, stage.log(worker)) == []

    typed(stage, schedule, "--pause")
    time.sleep(1)  # what had begun before the pause is over
    before = len(reports(stage, schedule))
    time.sleep(4.5)
    assert len(reports(stage, schedule)) == before
    told = typed(stage, schedule, "trigger")
    assert missing_in_guide(stage, told) == []
    assert len(wait_for(stage, schedule, before + 1)) == before + 1

    # An even second is what it runs at; the stretch begins and ends at odd ones.
    begin = datetime.now(UTC).replace(second=1, microsecond=0) - timedelta(minutes=10)
    end = begin + timedelta(seconds=4)
    times = f"--start-time {begin:%Y-%m-%dT%H:%M:%SZ} --end-time {end:%Y-%m-%dT%H:%M:%SZ}"
    stage.sh(f"temporal schedule backfill -s {schedule} {times} --overlap-policy BufferAll")
    made_good = [run for run in wait_for(stage, schedule, before + 3) if due(run) <= end]
    assert [due(run).second for run in made_good] == [2, 4]

    typed(stage, schedule, "--unpause")
    typed(stage, schedule, "delete")
    after = len(reports(stage, schedule))
    assert schedule not in stage.sh("temporal schedule list")
    time.sleep(2.5)
    assert len(reports(stage, schedule)) <= after + 1, "at most the one that had begun"


def test_a_report_that_takes_too_long_lets_the_next_one_wait_its_turn(stage: Stage) -> None:
    stage.install()
    stage.worker()
    schedule = make(stage, "--every 1 --seconds 2.5 --runs 3")
    runs = wait_for(stage, schedule, 3)
    for before, after in pairwise(runs):
        assert moment(before["closeTime"]) <= moment(after["startTime"])
        assert due(after) - due(before) >= timedelta(seconds=3)
    assert int(typed(stage, schedule, "overlapSkipped")) >= 4
    time.sleep(3)
    assert len(reports(stage, schedule)) == 3, "nothing runs through the night"
