"""A rollout, played: which release had which orders, as their histories have it."""

from __future__ import annotations

import re
import time

from temporalio.api.enums.v1 import EventType, VersioningBehavior
from temporalio.api.history.v1 import HistoryEvent

from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T11"


def releases(events: list[HistoryEvent]) -> set[str]:
    """Return the build IDs of all that worked on an order; each task has to be pinned."""
    found = set()
    for event in events:
        assert event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            task = event.workflow_task_completed_event_attributes
            assert task.deployment_version.deployment_name == "shop"
            assert task.versioning_behavior == VersioningBehavior.VERSIONING_BEHAVIOR_PINNED
            found.add(task.deployment_version.build_id)
    return found


def asked_for(events: list[HistoryEvent]) -> list[str]:
    """Return the activities that an order asked for."""
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]


def command(stage: Stage, *words: str) -> None:
    """Type the one command of the guide that has these words, and see what it says there.

    A version is known to the server when its workers have polled for a moment.
    """
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    lines = set(re.findall(r"^\$ (temporal worker deployment .*)$", guide, re.MULTILINE))
    (line,) = (line for line in lines if all(word in line for word in words))
    said = ""

    def obeyed() -> bool:
        nonlocal said
        said = stage.sh(line, expect=None)
        return "Successfully" in said

    until(obeyed, line, lambda: said)
    assert stage.missing_in_guide(said) == []


def names(said: str) -> list[str]:
    """Return the IDs of the orders that a starter has placed."""
    ((first, last),) = re.findall(
        r"^Started +(order-\w+)-1 to order-\w+-(\d+)$", said, re.MULTILINE
    )
    return [f"{first}-{number}" for number in range(1, int(last) + 1)]


def by_release(stage: Stage, said: str) -> dict[str, int]:
    """Return how many orders each release had, by their histories, and compare what was said."""
    counted: dict[str, int] = {}
    orders = names(said)
    for events in stage.events(*orders):
        (release,) = releases(events)
        counted[release] = counted.get(release, 0) + 1
        assert ("check_fraud" in asked_for(events)) == (release == "2.0")
    for release, count in counted.items():
        assert f"Release  shop {release} had {count} of {len(orders)}" in said
    return counted


def place(stage: Stage) -> dict[str, int]:
    """Place orders, and return how many each release had."""
    said = stage.run("--seconds 0.1")
    shown = re.sub(r"had \d+ of", "had 20 of", said)
    assert stage.missing_in_guide(shown) == []
    return by_release(stage, said)


def test_a_release_comes_step_by_step_and_goes_back(stage: Stage) -> None:
    stage.install()
    first = stage.worker("1.0")
    command(stage, "set-current-version", "1.0")
    assert place(stage) == {"1.0": 20}

    second = stage.worker("2.0")
    assert place(stage) == {"1.0": 20}, "deployed is not released"

    command(stage, "set-ramping-version", "--percentage 50")
    both = place(stage)
    assert both.keys() == {"1.0", "2.0"}
    assert min(both.values()) >= 2, both

    on_their_way = stage.begin("lab run T11 --orders 2 --seconds 8")
    stage.wait_for(on_their_way, "Started")
    command(stage, "set-ramping-version", "--percentage 100")
    assert place(stage) == {"2.0": 20}
    command(stage, "set-current-version", "2.0")
    late = stage.begin("lab run T11 --orders 3 --seconds 6")
    stage.wait_for(late, "Started")

    command(stage, "set-current-version", "1.0")
    assert place(stage) == {"1.0": 20}
    described = stage.sh("temporal worker deployment describe --name shop")
    assert re.search(r"shop +2\.0 +draining", described)
    assert by_release(stage, stage.wait_for(late, "Release  ")) == {"2.0": 3}, "they stay"
    # Each of them in one release alone, whatever came in between.
    by_release(stage, stage.wait_for(on_their_way, "Release  "))
    said = re.sub(r"-\d+ is", "-1 is", stage.log(first) + stage.log(second))
    # Another test's worker may be on its way out, and have the port still.
    said = re.sub(r":808\d/metrics", ":8081/metrics", said)
    assert stage.missing_in_guide(said) == []


def test_a_release_gets_nothing_before_it_is_current(stage: Stage) -> None:
    stage.install()
    stage.worker("1.0")
    run = stage.begin("lab run T11 --orders 1 --seconds 0.1")
    (order,) = names(stage.wait_for(run, "Started"))
    time.sleep(3)
    kinds = {event.event_type for event in stage.events(order)[0]}
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED not in kinds
    command(stage, "set-current-version", "1.0")
    stage.wait_for(run, "Release  shop 1.0 had 1 of 1")
