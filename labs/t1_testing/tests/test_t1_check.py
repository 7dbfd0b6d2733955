"""What T1's goals say about recorded histories, and about histories that come near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.checking.history import Event, Run
from tests.histories import edited, findings, names, reached, recorded

REHEARSED = {"green", "unit", "integration", "patience", "replay"}
PROVES = {
    "starter": set(),
    "order": set(),
    "paid": set(),
    "skipped": {"skipped"},
    "released": REHEARSED,
    "wrong-green": REHEARSED - {"green"},
    "wrong-unit": REHEARSED - {"unit"},
    "wrong-integration": REHEARSED - {"integration"},
    "wrong-skipped": REHEARSED,
    "wrong-patience": REHEARSED - {"patience"},
    "wrong-replay": REHEARSED - {"replay"},
}
BECAUSE = {
    ("starter", "green"): "there was no test in it. Try: TODO 1",
    (
        "starter",
        "unit",
    ): "the bug “too strict” makes no test fail that passes without it. Try: TODO 1",
    ("order", "green"): "it is no release. Try: `lab worker T1`",
    ("paid", "skipped"): "its clock was never put forward. Try: TODO 3",
    ("wrong-green", "green"): "test_odd failed. Try: `python -m unittest`, which says why",
    ("wrong-replay", "replay"): "the bug “tidied up” makes no test fail that passes without it",
}


def until(run: Run, kind: str) -> Run:
    """Return an execution as it was before it ended, right after the first event of a kind."""
    last = run.first(kind)
    assert last
    return replace(run, status="Running", events=run.events[: last.id])


def test_all_that_was_recorded_is_judged() -> None:
    assert names("T1") == PROVES.keys()


@pytest.mark.parametrize("name", PROVES)
def test_what_a_history_proves(name: str) -> None:
    assert reached("T1", recorded("T1", name)) == PROVES[name]


@pytest.mark.parametrize(("name", "goal"), BECAUSE)
def test_why_it_does_not(name: str, goal: str) -> None:
    assert BECAUSE[name, goal] in findings("T1", recorded("T1", name))[goal].because


def test_a_release_that_was_rehearsed_once_proves_no_more_than_that() -> None:
    run = until(recorded("T1", "released"), "ActivityTaskCompleted")
    assert reached("T1", run) == {"green"}
    assert "was not rehearsed to its end" in findings("T1", run)["replay"].because


def test_an_order_that_skipped_one_day_has_two_to_go() -> None:
    run = until(recorded("T1", "skipped"), "TimerFired")
    assert reached("T1", run) == set()
    assert "its clock was put forward by 1.0 days" in findings("T1", run)["skipped"].because


def test_a_result_of_another_shape_is_no_rehearsal() -> None:
    def without_result(event: Event) -> Event:
        return replace(event, facts={k: v for k, v in event.facts.items() if k != "result"})

    assert reached("T1", edited(recorded("T1", "released"), without_result)) == set()
