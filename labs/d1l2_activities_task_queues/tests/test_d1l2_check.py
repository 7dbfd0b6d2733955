"""What D1L2's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "waits": set(),
    "first-attempt": {"activity", "routing"},
    "same-queue": {"activity", "retry"},
    "retried": {"activity", "routing", "retry"},
}
BECAUSE = {
    ("starter", "activity"): "it asked for no activity. Try: TODO 1 and 2",
    ("waits", "routing"): "waits on the queue d1l2_email, and no worker has taken it",
    ("same-queue", "routing"): "went to d1l2_orders, the queue of the workflow itself",
    ("first-attempt", "retry"): "completed at the first attempt. Try: TODO 4",
}


def test_all_that_was_recorded_is_judged() -> None:
    assert names("D1L2") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("D1L2", recorded("D1L2", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("D1L2", recorded("D1L2", name))[goal].because


def test_one_process_on_two_queues_is_no_routing() -> None:
    def same_worker(event: Event) -> Event:
        return replace(event, facts={**event.facts, "identity": "D1L2-one"})

    run = edited(recorded("D1L2", "retried"), same_worker)
    assert reached("D1L2", run) == {"activity", "retry"}
    assert "one process did both" in findings("D1L2", run)["routing"].because


def test_another_activity_is_not_the_confirmation() -> None:
    def renamed(event: Event) -> Event:
        if event.kind != "ActivityTaskScheduled":
            return event
        return replace(event, facts={**event.facts, "activityType": {"name": "print_label"}})

    assert reached("D1L2", edited(recorded("D1L2", "retried"), renamed)) == set()


# All of the lab, but one thing done in a way that does not prove it. What sends no mail at all has
# neither routed nor retried it, so the first goal has no such case.
WRONG = {
    "routing": (recorded("D1L2", "same-queue"),),
    "retry": (recorded("D1L2", "first-attempt"), recorded("D1L2", "waits")),
}


@pytest.mark.parametrize("goal", WRONG)
def test_one_wrong_way_is_refused_by_one_goal_alone(goal: str) -> None:
    assert reached("D1L2", *WRONG[goal]) == {"activity", "routing", "retry"} - {goal}
