"""Worker configuration, played: how many activities were in work at a time, by the histories."""

from __future__ import annotations

import re
from collections.abc import Iterator

from temporalio.api.enums.v1 import EventType, TaskQueueKind
from temporalio.api.history.v1 import HistoryEvent

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T8"
SLOTS_IN_USE = re.compile(r"^temporal_worker_task_slots_used\{.*\} (\d+)$", re.MULTILINE)


def most_at_a_time(events: list[HistoryEvent]) -> int:
    """Return how many activities had begun and not ended, when they were most."""
    working = most = 0
    for change in changes(events):
        working += change
        most = max(most, working)
    return most


def changes(events: list[HistoryEvent]) -> Iterator[int]:
    """Yield +1 for each activity that begins, and -1 for each that ends, by time.

    A history has the two in the order in which they were written, which is not always that in which
    they happened: a begin is written together with its end.
    """
    by_time = sorted(events, key=lambda event: event.event_time.ToNanoseconds())
    for event in by_time:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            yield 1
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            yield -1


def play(stage: Stage, worker: str, run: str) -> tuple[str, list[HistoryEvent]]:
    """Run an order with a worker of its own; return what the starter said, and the history."""
    log = stage.worker(worker)
    said = stage.run(run)
    stage.kill()
    (order,) = re.findall(r"^Started +(\S+)", said, re.MULTILINE)
    (events,) = stage.events(order)
    assert f"at most {most_at_a_time(events)} at a time" in said
    varies = re.sub(
        r"\d+ of \d+ later", "10 of 10 later" if "cached" not in worker else r"0 of 10 later", said
    )
    assert stage.missing_in_guide(varies + re.sub(r"-\d\d has", "-01 has", stage.log(log))) == []
    return said, events


def sticky(events: list[HistoryEvent]) -> list[bool]:
    """Return of each workflow task after the first whether it was for the worker's memory."""
    kinds = [
        event.workflow_task_scheduled_event_attributes.task_queue.kind
        for event in events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    ]
    return [kind == TaskQueueKind.TASK_QUEUE_KIND_STICKY for kind in kinds[1:]]


def test_slots_are_how_many_go_at_a_time(stage: Stage) -> None:
    stage.install()
    _, one = play(stage, "--slots 1", "--seconds 0.2")
    assert most_at_a_time(one) == 1
    # Long enough for all ten to be taken before the first is over, however busy the machine is.
    _, ten = play(stage, "--slots 10", "--seconds 4")
    assert most_at_a_time(ten) == 10


def test_without_a_cache_each_workflow_task_is_a_replay(stage: Stage) -> None:
    stage.install()
    said, kept = play(stage, "--slots 1", "--seconds 0.1")
    assert all(sticky(kept))
    said, forgotten = play(stage, "--slots 1 --cached 0", "--seconds 0.1")
    assert len(sticky(forgotten)) > 1
    assert not any(sticky(forgotten))
    assert "Memory   0 of" in said


def test_a_tuner_hands_out_slots_without_a_number(stage: Stage) -> None:
    stage.install()
    stage.worker("--tuned")
    assert "Labels   10 in" in stage.run("--seconds 0.1")


def test_the_slots_in_use_are_a_metric(stage: Stage) -> None:
    stage.install()
    stage.worker("--slots 4")
    stage.start("--seconds 3")
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (command,) = re.findall(r"^\$ (curl .*)$", guide, re.MULTILINE)
    until(
        lambda: SLOTS_IN_USE.findall(stage.sh(command, expect=None)) == ["4"],
        "four slots in use",
        lambda: stage.sh(command, expect=None),
    )
