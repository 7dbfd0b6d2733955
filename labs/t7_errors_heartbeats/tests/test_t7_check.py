"""What T7's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

PROVES = {
    "starter": set(),
    "retrying": set(),
    "unheard": set(),
    "refused": {"hopeless", "expected"},
    "resumed": {"noticed", "resumed"},
    "canceled": {"waited", "refunded"},
    "wrong-hopeless": {"expected"},
    "wrong-expected": {"hopeless"},
    "wrong-noticed": {"resumed"},
    "wrong-resumed": {"noticed"},
    "wrong-waited": {"refunded"},
    "wrong-refunded": {"waited"},
}
BECAUSE = {
    ("starter", "hopeless"): "its card was not refused. Try: `lab run T7 --card stolen`",
    ("starter", "noticed"): "it was packed in one go. Try: `lab run T7`, `lab kill`",
    ("starter", "waited"): "nobody canceled it. Try:",
    ("retrying", "hopeless"): "its card was refused, and attempt ",
    ("retrying", "expected"): "its card was not refused for good. Try: TODO 1",
    ("unheard", "waited"): "went on without waiting for the packing to stop. Try: TODO 5",
    ("unheard", "refunded"): "nobody asked for the refund. Try: TODO 6",
    ("wrong-hopeless", "hopeless"): "its card was refused 2 times. Try: `non_retryable_error_",
    ("wrong-expected", "expected"): "its card was refused, and it failed with that. Try: TODO 2",
    ("wrong-noticed", "noticed"): "attempt 2 did not begin for want of a heartbeat. Try: TODO 3",
    ("wrong-resumed", "resumed"): "began with item 1 again. Try: `heartbeat(item)`",
    ("wrong-refunded", "refunded"): "nobody asked for the refund. Try: TODO 6",
}  # fmt: skip


def until(run: Run, kind: str) -> Run:
    """Return an execution as it was before it ended, right after the first event of a kind."""
    last = run.first(kind)
    assert last
    return replace(run, status="Running", events=run.events[: last.id])


def test_all_that_was_recorded_is_judged() -> None:
    assert names("T7") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("T7", recorded("T7", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("T7", recorded("T7", name))[goal].because


def test_an_order_whose_cancellation_nobody_has_heard_of_yet_is_still_waiting() -> None:
    run = until(recorded("T7", "canceled"), "WorkflowExecutionCancelRequested")
    assert reached("T7", run) == set()
    assert "is waiting for the packing to hear of it" in findings("T7", run)["waited"].because


def test_a_packing_that_hears_of_it_during_the_refund_was_not_waited_for() -> None:
    run = recorded("T7", "wrong-waited")
    asked = run.first("ActivityTaskCancelRequested")
    assert asked
    later = run.first("WorkflowTaskScheduled", after=asked.id)

    def heard_late(event: Event) -> Event:
        if event != later:
            return event
        packing = {"scheduledEventId": asked.facts["scheduledEventId"]}
        return replace(event, kind="ActivityTaskCanceled", facts=packing)

    assert reached("T7", edited(run, heard_late)) == {"refunded"}
    assert "went on without waiting" in findings("T7", edited(run, heard_late))["waited"].because


def test_who_swallows_the_cancellation_has_not_canceled_the_order() -> None:
    run = replace(recorded("T7", "canceled"), status="Completed")
    assert reached("T7", run) == {"waited"}
    assert "yet it is not canceled: Completed" in findings("T7", run)["refunded"].because


def test_a_result_of_another_shape_is_judged_all_the_same() -> None:
    def without_result(event: Event) -> Event:
        return replace(event, facts={k: v for k, v in event.facts.items() if k != "result"})

    assert reached("T7", edited(recorded("T7", "resumed"), without_result)) == {"noticed"}
