"""What a pass decides: how deep to probe, what to start again and when, what to say."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.engine.state import StateFolder
from classroom.plan import names
from classroom.plan.observed import Container, Observed
from classroom.probe.planned import STRANGER
from classroom.probe.result import Result, State
from classroom.probe.target import Frontdoor
from classroom.report import to_json
from classroom.spec.model import ClassFile, Ports
from classroom.watch.acts import Acts
from classroom.watch.depth import ROUND, Part, in_full
from classroom.watch.explain import with_attempts
from classroom.watch.hands import Hands
from classroom.watch.known import Known
from classroom.watch.promised import planned_seats
from classroom.watch.quota import Usage
from classroom.watch.record import last_pass, lately_proven, observation
from classroom.watch.reviving import LONGEST_PAUSE, STEADY_SECONDS, Attempts, down
from classroom.watch.said import Said

PARTS = [(names.seat_name(n), c) for n in range(1, 8) for c in ("temporal", "workspace")]


@given(st.lists(st.sets(st.sampled_from(PARTS), max_size=3), min_size=3 * ROUND, max_size=80))
def test_nothing_is_good_again_without_a_full_proof_and_nothing_waits_for_ever(
    badness: list[set[Part]],
) -> None:
    last: dict[Part, int] = {}
    before: set[Part] = set()
    for number, bad in enumerate(badness):
        full = in_full(PARTS, last, before)
        assert before <= full
        last |= dict.fromkeys(full, number)
        assert number < ROUND or all(number - last[part] <= ROUND for part in PARTS)
        before = bad


def test_the_first_pass_proves_everything_and_later_ones_a_twentieth_in_turn() -> None:
    seventy = [(names.seat_name(n), "temporal") for n in range(1, 71)]
    last: dict[Part, int] = {}
    sizes = []
    for number in range(ROUND + 1):
        full = in_full(seventy, last, ())
        last |= dict.fromkeys(full, number)
        sizes.append(len(full))
    assert sizes == [70] + [4] * ROUND


def container(state: str, *, hashed: bool = True, classroom: str = "c") -> Container:
    labels = names.identity(classroom, "seat-07", "grafana")
    if hashed:
        labels[names.LABEL_HASH] = "abc"
    return Container("id", f"{classroom}-seat-07-grafana", "i", state, "Up", labels, frozenset())


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("running", False),
        ("restarting", False),
        ("removing", False),
        ("dead", False),
        ("exited", True),
        ("created", True),
        ("paused", True),
    ],
)
def test_started_again_is_what_the_engine_leaves_lying(state: str, found: bool) -> None:
    assert bool(down([container(state)], "c")) is found


def test_the_portal_has_to_know_the_seats_that_are_there_and_are_to_stay(tmp_path: Path) -> None:
    state = StateFolder(tmp_path, "c")
    state.ensure()
    state.promise(dict.fromkeys(("seat-06", "seat-07"), "services: {}"), everything=True)
    labels = {s: names.identity("c", s, "grafana") for s in ("seat-07", "seat-08")}
    there = {s: Container("id", s, "i", "running", "", labels[s], frozenset()) for s in labels}
    found = planned_seats(ClassFile(name="c"), Observed(there), state)
    # One that is yet to come, one that is, one that is going.
    assert {s.name: s.enrolled for s in found} == {
        "seat-06": False,
        "seat-07": True,
        "seat-08": False,
    }


def test_only_services_of_this_classroom_are_started() -> None:
    assert down([container("exited", hashed=False), container("exited", classroom="d")], "c") == ()
    (paused,) = down([container("paused")], "c")
    assert (paused.seat, paused.component, paused.paused) == ("seat-07", "grafana", True)


def test_the_first_start_comes_at_once_and_the_pauses_double() -> None:
    attempts, now, pauses = Attempts(), 1000.0, []
    assert attempts.due(now)
    for _ in range(9):
        attempts = attempts.again(now)
        assert not attempts.due(now + attempts.pause - 0.1)
        assert attempts.due(now + attempts.pause)
        pauses.append(attempts.pause)
        now += attempts.pause
    assert pauses == [5, 10, 20, 40, 80, 160, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_what_ran_for_a_while_begins_anew() -> None:
    many = Attempts(6, 0.0)
    assert many.again(STEADY_SECONDS + many.pause + 1).count == 1
    assert many.again(many.pause).count == 7


def test_starts_in_vain_are_named() -> None:
    bad = Result("seat-07", "grafana", State.FAILED, "health", "no answer", "look")
    tried = {"c-seat-07-grafana": Attempts(3, 0.0)}
    (result,) = with_attempts([bad], tried, "c")
    assert result.seen == "no answer; watch has started it 3 times, the next time after 20 s"
    good = Result("seat-07", "grafana", State.OK)
    assert with_attempts([good], tried, "c") == [good]
    assert with_attempts([bad], {"c-seat-07-grafana": Attempts(1, 0.0)}, "c") == [bad]


def test_what_is_posted_is_read_back_with_its_age(tmp_path: Path) -> None:
    at = datetime(2025, 7, 16, 7, 5, tzinfo=UTC)
    results = [
        Result("ingress", "ingress", State.OK),
        Result("seat-01", "temporal", State.OK),
    ]
    usage = {
        ("seat-01", "workspace"): Usage(5, 10),
        ("seat-01", "temporal"): Usage(6, 10),
        ("seat-02", "temporal"): Usage(11, 10, stopped=True),
    }
    path = tmp_path / "watch.json"
    path.write_text(observation(results, usage, classroom="c", at=at))
    found = last_pass(path)
    assert found is not None
    assert (found.at, found.line, found.usage) == (at, "1 seat ready", usage)


@dataclass(frozen=True)
class Stopping(Hands):
    """Stops whatever it is told to."""

    stopped: list[Part]

    def stop(self, seat: str, component: str) -> None:
        self.stopped.append((seat, component))


def test_what_is_full_is_stopped_and_known_to_be_before_anybody_has_looked(tmp_path: Path) -> None:
    state = StateFolder(tmp_path, "c")
    door = Frontdoor("127.0.0.1", Ports(), "localhost")
    known = Known(ClassFile(name="c"), tmp_path / "july.yml", state, 10, door, STRANGER)
    full, room = ("seat-07", "grafana"), ("seat-07", "temporal")
    known.usage = {full: Usage(10, 10), room: Usage(9, 10)}
    hands, log = Stopping("c", state, []), logging.getLogger("test")
    acts = Acts(known, hands, Said(log), log)
    seen = Observed({"c-seat-07-grafana": container("running")})
    assert asyncio.run(acts.after(seen)) is True
    assert hands.stopped == [full]
    assert {part: usage.stopped for part, usage in known.usage.items()} == {full: True, room: False}
    assert acts.to_revive(Observed({"c-seat-07-grafana": container("exited")})) == ()


def test_only_what_was_just_proven_good_is_not_proven_first(tmp_path: Path) -> None:
    at = datetime(2025, 7, 16, 7, 5, tzinfo=UTC)
    results = [
        Result("ingress", "ingress", State.OK),
        Result("seat-01", "temporal", State.OK, version="1.32.0"),
        Result("seat-01", "worker", State.STOPPED),
        Result("seat-02", "temporal", State.FAILED, "gRPC health", "silent", "look"),
        Result("seat-02", "grafana", State.UNKNOWN, "deadline", "no verdict in time", "look"),
    ]
    path = tmp_path / "health.json"
    path.write_text(to_json(results, classroom="c", at=at))
    minutes = timedelta(minutes=5)
    good = {("seat-01", "temporal"): "1.32.0"}
    assert lately_proven(path, at + minutes, minutes) == good
    assert lately_proven(path, at + minutes * 1.01, minutes) == {}
    assert lately_proven(path, at - minutes, minutes) == {}, "a clock that was set back"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": "x"}', "\x00"])
def test_a_damaged_record_is_no_record(tmp_path: Path, text: str) -> None:
    path = tmp_path / "watch.json"
    path.write_text(text)
    assert last_pass(path) is None
    assert lately_proven(path, datetime.now(UTC), timedelta.max) == {}
    assert last_pass(tmp_path / "none") is None


def test_the_log_has_changes_once(caplog: pytest.LogCaptureFixture) -> None:
    said = Said(logging.getLogger("test"))
    good = [Result("ingress", "ingress", State.OK), Result("seat-01", "temporal", State.OK)]
    bad = [good[0], Result("seat-01", "temporal", State.FAILED, "gRPC health", "silent", "look")]
    with caplog.at_level(logging.INFO):
        for results in (good, good, bad, bad, bad, good, good):
            said.results(results)
            said.portal("")
        for why in ("", "HTTP 502", "HTTP 502", ""):
            said.portal(why)
    assert caplog.messages == [
        "0 of 1 seat ready; failing: seat-01 temporal",
        "  seat-01 temporal failed: gRPC health: silent -> look",
        "1 seat ready",
        "portal: the portal does not take what was seen: HTTP 502",
        "portal: it does again",
    ]
