"""What was proven once stays proven, whatever became of the worker and of the history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.checking.goals import Evidence, Finding, Goal, State, not_yet
from labkit.checking.remembering import with_memory

PLACE = "default/D2L5"
SEEN = Evidence(workflow_id="order-1", run_id="run-1", event_id=5)


def goal(name: str, *, measured: bool = True) -> Goal:
    return Goal(name, "It is so.", lambda _: not_yet("", attempt=""), "", measured=measured)


def done(name: str = "counter", *, measured: bool = True, because: str = "4 paid") -> Finding:
    return Finding(goal(name, measured=measured), State.DONE, because, SEEN)


def open_(name: str = "counter", state: State = State.NOT_YET, *, measured: bool = True) -> Finding:
    return Finding(goal(name, measured=measured), state, "no worker serves metrics", None)


def states(findings: list[Finding]) -> list[tuple[str, State]]:
    return [(finding.goal.id, finding.state) for finding in findings]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".local/state/lab/done.json"


@pytest.mark.parametrize("state", [State.NOT_YET, State.UNKNOWN])
def test_what_was_measured_once_is_done_still_with_what_showed_it(path: Path, state: State) -> None:
    with_memory([done("counter"), open_("histogram")], path, PLACE)
    counter, histogram = with_memory([open_("counter", state), open_("histogram")], path, PLACE)
    assert (counter.state, counter.because, counter.evidence) == (State.DONE, "4 paid", SEEN)
    assert histogram.state is State.NOT_YET


def test_what_is_seen_now_is_what_is_told(path: Path) -> None:
    with_memory([done(because="4 paid")], path, PLACE)
    for _ in range(2):
        (now,) = with_memory([done(because="9 paid")], path, PLACE)
        assert now.because == "9 paid"
    (later,) = with_memory([open_()], path, PLACE)
    assert later.because == "9 paid"


@pytest.mark.parametrize("state", [State.NOT_YET, State.UNKNOWN])
def test_what_a_history_proved_once_is_done_still_when_it_is_out_of_sight(
    path: Path, state: State
) -> None:
    with_memory([done("paid", measured=False)], path, PLACE)
    (paid,) = with_memory([open_("paid", state, measured=False)], path, PLACE)
    assert (paid.state, paid.because, paid.evidence) == (State.DONE, "4 paid", SEEN)


def test_where_nothing_is_done_nothing_is_kept(path: Path) -> None:
    with_memory([open_()], path, PLACE)
    assert not path.exists()


def test_another_namespace_and_another_lab_have_proven_nothing(path: Path) -> None:
    with_memory([done()], path, PLACE)
    for place in ("verify-1a2b3c/D2L5", "default/D2L4"):
        assert states(with_memory([open_()], path, place)) == [("counter", State.NOT_YET)]
    with_memory([done()], path, "default/D2L4")
    assert states(with_memory([open_()], path, PLACE)) == [("counter", State.DONE)]


@pytest.mark.parametrize(
    "held",
    [
        "",
        "{",
        "[]",
        '{"default/D2L5": 7}',
        '{"default/D2L5": {"counter": 7}}',
        '{"default/D2L5": {"counter": {"because": "x", "evidence": null}}}',
        '{"default/D2L5": {"counter": {"because": "x", "evidence": {"workflow_id": "order-1"}}}}',
        "\x00\xff",
    ],
)
def test_a_file_that_is_not_ours_any_more_says_nothing_and_is_no_trouble(
    path: Path, held: str
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(held.encode("latin-1"))
    assert states(with_memory([open_()], path, PLACE)) == [("counter", State.NOT_YET)]
    assert states(with_memory([done()], path, PLACE)) == [("counter", State.DONE)]
    assert json.loads(path.read_text())[PLACE]["counter"]["because"] == "4 paid"


def test_a_home_that_takes_no_file_is_told_all_the_same(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("a file where the folder should be")
    assert states(with_memory([done()], path, PLACE)) == [("counter", State.DONE)]
