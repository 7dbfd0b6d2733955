"""The classroom's own metrics: what they say of a room, and that they say what everybody says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector
from starlette.types import Message

from classroom.engine import cgroups
from classroom.plan import names
from classroom.plan.observed import Container, Observed
from classroom.probe.result import Result, State
from classroom.probe.target import COMPONENTS
from classroom.report import to_json
from classroom.report.verdict import OWN
from classroom.spec.verbs import Verb
from classroom.watch import measures
from classroom.watch.machine import Machine
from classroom.watch.measures import Measures
from classroom.watch.proof import Proof
from classroom.watch.record import observation as posted
from portal import watched
from portal.console.grid import Known
from portal.counted import Counted
from portal.metrics.room import of_room
from portal.observed import STALE_SECONDS, STATES, Observation, Quota
from portal.operator import reading
from portal.operator.measured import watched as understood
from portal.operator.values import WrongError
from portal.progress import STALE_SECONDS as PROGRESS_STALE
from portal.progress import AtWork, Goal, Lab, Progress, Standing
from portal.store.results import Reached
from portal.store.seats import Seat
from portal.store.sessions import Kind, Session
from portal.store.verbs import ORDER_SECONDS, Order

NOW = 1_752_649_500.0
SEATS = tuple(Seat(f"seat-0{n}", "", "hash", 1, None) for n in (7, 8))
COURSE = (Lab("D1L1", "Hello", (Goal("pause", "It pauses."), Goal("restart", "It goes on."))),)
STANDING = Standing("order-1 is stuck.", "mending it.", int(NOW) - 90)
PROGRESS = Progress(NOW, COURSE, {"seat-07": AtWork("D1L1", [STANDING]), "seat-08": AtWork("")})

EMPTY = Known("july", "", SEATS, (), (), {}, Observation())

Found = Mapping[tuple[str, ...], float]


def read(metrics: Iterable[Metric]) -> Mapping[str, Found]:
    """Return name of each sample -> values of its labels -> its value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for metric in metrics:
        for sample in metric.samples:
            values = found.setdefault(sample.name, {})
            assert tuple(sample.labels.values()) not in values, sample
            values[tuple(sample.labels.values())] = sample.value
    return found


def shown(known: Known = EMPTY, now: float = NOW) -> Mapping[str, Found]:
    return read(of_room(known, now))


def in_state(found: Found) -> dict[tuple[str, ...], str]:
    """Return what is in which state; each has to be in exactly one of all."""
    things = {labels[:-1] for labels in found}
    assert set(found) == {(*thing, state) for thing in things for state in STATES}
    states = {}
    for thing in things:
        (state,) = [state for state in STATES if found[(*thing, state)]]
        states[thing] = state
    return states


# --- health: whatever is proven, all say the same -------------------------------------------------


SEAT_PARTS = [(seat.name, component) for seat in SEATS for component in COMPONENTS]
PROVEN = st.lists(
    st.sampled_from(list(State)),
    min_size=len(OWN) + len(SEAT_PARTS),
    max_size=len(OWN) + len(SEAT_PARTS),
).map(
    lambda states: [
        Result(*part, state) for part, state in zip([*OWN, *SEAT_PARTS], states, strict=True)
    ]
)


def looked(results: Sequence[Result], ago: float = 0.0) -> Observation:
    """Return what the portal makes of a pass of watch with these results."""
    document = posted(results, {}, classroom="july", at=datetime.now(UTC))
    return reading.observation(json.loads(document), NOW - ago)


@given(PROVEN)
def test_the_class_wall_counts_what_make_health_counts(results: list[Result]) -> None:
    health = json.loads(to_json(results, classroom="july", at=datetime.now(UTC)))
    states = in_state(
        shown(replace(EMPTY, observation=looked(results)))["classroom_component_state"]
    )
    for state in State:
        here = sum(found == state.value for found in states.values())
        assert here == health["summary"]["states"][state.value]
    assert states == {(r.seat, r.component): r.state.value for r in results}


@given(PROVEN)
def test_a_seat_is_ready_on_the_wall_when_it_is_in_make_health(results: list[Result]) -> None:
    open_ = [Result(*door, State.OK) for door in OWN] + results[len(OWN) :]
    health = json.loads(to_json(open_, classroom="july", at=datetime.now(UTC)))
    states = in_state(shown(replace(EMPTY, observation=looked(open_)))["classroom_seat_state"])
    ready = [state for state in states.values() if state in (State.OK, State.STOPPED)]
    assert len(ready) == health["summary"]["ready"]


@given(PROVEN)
def test_while_watch_is_silent_nobody_is_well_and_nothing_is_zero(results: list[Result]) -> None:
    found = shown(replace(EMPTY, observation=looked(results, ago=STALE_SECONDS + 1)))
    for name in ("classroom_component_state", "classroom_seat_state"):
        assert set(in_state(found[name]).values()) == {"unknown"}


def test_a_seat_that_nobody_has_looked_at_is_unknown() -> None:
    found = shown()
    assert in_state(found["classroom_seat_state"]) == {
        ("seat-07",): "unknown",
        ("seat-08",): "unknown",
    }
    assert "classroom_component_state" not in found


def test_files_are_told_as_long_as_somebody_measures_them() -> None:
    observed = Observation(at=NOW, quota={"seat-07": {"temporal": Quota(5, 10, stopped=False)}})
    found = shown(replace(EMPTY, observation=observed))
    assert found["classroom_seat_files_bytes"] == {("seat-07", "temporal"): 5}
    assert found["classroom_seat_files_limit_bytes"] == {("seat-07", "temporal"): 10}
    late = shown(replace(EMPTY, observation=observed), NOW + STALE_SECONDS + 1)
    assert "classroom_seat_files_bytes" not in late


# --- people and progress --------------------------------------------------------------------------


def test_people_are_counted_and_not_named() -> None:
    sessions = [
        Session("seat-07", Kind.ATTENDEE, "Ada", NOW - 60),
        Session("seat-07", Kind.ATTENDEE, "Ada", NOW - 50),
        Session("seat-07", Kind.HELPER, "Instructor", NOW - 40),
    ]
    known = replace(EMPTY, sessions=sessions, activity={"seat-07": NOW - 10})
    found = shown(known)
    assert found["classroom_seats"] == {(): 2}
    assert found["classroom_seat_attendees"] == {("seat-07",): 1, ("seat-08",): 0}
    assert found["classroom_seat_helpers"] == {("seat-07",): 1, ("seat-08",): 0}
    assert set(found["classroom_seat_used_timestamp_seconds"]) == {("seat-07",)}
    assert "Ada" not in str(found)


def test_progress_is_that_of_the_console() -> None:
    known = replace(EMPTY, progress=PROGRESS, reached=[Reached("seat-07", "D1L1", 1, NOW)])
    found = shown(known)
    assert found["classroom_lab_goals"] == {("D1L1",): 2}
    assert found["classroom_seat_goals_reached"] == {("seat-07", "D1L1"): 1}
    assert found["classroom_seat_lab_info"] == {("seat-07", "D1L1"): 1}
    assert found["classroom_seat_stuck"] == {("seat-07",): 1, ("seat-08",): 0}
    assert found["classroom_told_timestamp_seconds"] == {("progress",): NOW}


def test_while_nobody_follows_nobody_is_told_to_be_stuck_or_not() -> None:
    found = shown(replace(EMPTY, progress=PROGRESS), NOW + PROGRESS_STALE + 1)
    assert "classroom_seat_stuck" not in found
    assert "classroom_seat_lab_info" not in found


def test_orders_wait_until_they_are_answered_or_lapse() -> None:
    waits = Order("1", Verb.RESTART, "seat-07", "grafana", NOW, None, None, None, "")
    known = replace(EMPTY, orders=[waits, replace(waits, ok=False)])
    assert shown(known)["classroom_orders_waiting"] == {(): 1}
    assert shown(known, NOW + ORDER_SECONDS)["classroom_orders_waiting"] == {(): 1}
    assert shown(known, NOW + ORDER_SECONDS + 1)["classroom_orders_waiting"] == {(): 0}


def test_a_cut_waits_until_it_is_done() -> None:
    cut = Order("1", Verb.CUT, "seat-07", "", NOW, None, None, None, "")
    found = shown(replace(EMPTY, orders=[cut]), NOW + ORDER_SECONDS + 1)
    assert found["classroom_orders_waiting"] == {(): 1}


# --- what watch tells -----------------------------------------------------------------------------


class Told(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def counted() -> Measures:
    """Watch's measures after it has done one of everything."""
    found = Measures()
    found.proven([Result("seat-07", "temporal", State.OK, seconds=0.2)])
    found.started("seat-07", "grafana")
    found.obeyed(ok=True)
    found.obeyed(ok=False)
    found.looked(read=True)
    with found.passes.time(), found.rounds.time():
        pass
    return found


def test_what_watch_counts_arrives_as_it_was(tmp_path: Path) -> None:
    proof = tmp_path / "health.json"
    results = [Result("seat-07", "temporal", State.OK), Result("seat-07", "grafana", State.FAILED)]
    proof.write_text(to_json(results, classroom="july", at=datetime.fromtimestamp(NOW, UTC)))
    told = counted()
    told.add(Proof(proof))
    arrived = understood(json.loads(told.document()), NOW).metrics
    found = read(arrived)
    assert found["classroom_watch_starts_total"] == {("seat-07", "grafana"): 1}
    assert found["classroom_watch_orders_total"] == {("done",): 1, ("refused",): 1}
    assert found["classroom_checks_looks_total"] == {("read",): 1}
    assert found["classroom_probe_seconds_sum"] == {("temporal",): 0.2}
    assert found["classroom_probe_seconds_bucket"][("temporal", "0.25")] == 1
    assert found["classroom_probe_seconds_bucket"][("temporal", "0.1")] == 0
    assert found["classroom_watch_pass_seconds_count"] == {(): 1}
    assert found["classroom_proof_timestamp_seconds"] == {(): NOW}
    states = {"ok": 1, "stopped by attendee": 0, "failed": 1, "unknown": 0}
    assert found["classroom_proof_components"] == {(s,): n for s, n in states.items()}
    registry = CollectorRegistry()
    registry.register(Told(arrived))
    assert b'classroom_watch_starts_total{component="grafana",seat="seat-07"} 1.0' in (
        generate_latest(registry)
    )


def test_without_a_proof_nothing_is_said_of_one(tmp_path: Path) -> None:
    assert list(Proof(tmp_path / "none").collect()) == []
    damaged = tmp_path / "health.json"
    damaged.write_text('{"at": "2025-07-16T07:05:00Z", "summary": {"states": {"ok": 1}}}')
    assert list(Proof(damaged).collect()) == []


def metric(name: str = "classroom_watch_x", **changed: object) -> dict[str, Any]:
    one = {"suffix": "", "labels": {}, "value": 1}
    return {"metrics": {name: {"type": "gauge", "help": "", "samples": [one], **changed}}}


def sample(**changed: object) -> dict[str, Any]:
    return metric(samples=[{"suffix": "", "labels": {}, "value": 1, **changed}])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "metrics is missing"),
        (metric(name="classroom_seats"), "none of watch's"),
        (metric(name="classroom_portal_answers"), "none of watch's"),
        (metric(name="up"), "none of watch's"),
        (metric(name="classroom_watch_x\nup"), "none of watch's"),
        (metric(type="summary"), "none of gauge, counter, histogram"),
        (sample(suffix="_total"), "no sample that ends in '_total'"),
        (sample(labels={"__name__": "up"}), "no name of a label"),
        (sample(labels={"le": 1}), "labels.le is no text"),
        *((sample(value=v), "no number") for v in (None, True, "1", float("nan"), float("inf"))),
        (sample(value=10**400), "no number"),
    ],
)
def test_what_is_no_metric_of_watchs_is_refused(body: dict[str, Any], said: str) -> None:
    assert understood(metric(), NOW).metrics[0].samples[0].value == 1
    with pytest.raises(WrongError, match=said):
        understood(body, NOW)


def test_host_and_portal_have_the_same_words_for_types() -> None:
    assert dict(watched.SUFFIXES) == measures.SUFFIXES
    assert (*State,) == STATES


def test_the_machine_is_measured_without_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    ours = Container("1", "c-seat-07-temporal", "i", "running", "Up", {}, frozenset())
    measured = Machine()
    assert list(measured.collect()) == []
    measured.measure(Observed(containers={ours.name: ours}))
    found = read(measured.collect())
    size = found["classroom_machine_memory_bytes"][()]
    assert 0 < found["classroom_machine_memory_available_bytes"][()] < size
    assert found["classroom_machine_cpu_seconds_total"][("busy",)] > 0
    assert "classroom_container_cpu_seconds_total" not in found
    assert "classroom_machine_disk_bytes" not in found, "nobody knows which disk"


def test_a_container_is_measured_for_as_long_as_it_runs() -> None:
    measured, whose = Ours(), ("seat-07", "temporal")
    found = read(measured.collect())
    assert found["classroom_container_cpu_seconds_total"][whose] > 0
    assert found["classroom_container_memory_bytes"][whose] > 0
    measured.measure(Observed())
    assert "classroom_container_cpu_seconds_total" not in read(Machine.collect(measured))


# --- the documentation ----------------------------------------------------------------------------

DOCS = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def everything() -> list[Metric]:
    """Every metric that the classroom tells of itself, each with at least one sample."""
    quota = {"seat-07": {"temporal": Quota(5, 10, stopped=False)}}
    observed = Observation(NOW, None, {"seat-07": {}}, quota)
    known = replace(
        EMPTY,
        activity={"seat-07": NOW},
        observation=replace(observed, portal=looked([Result(*OWN[1], State.OK)]).portal),
        progress=PROGRESS,
        reached=[Reached("seat-07", "D1L1", 1, NOW)],
    )
    answers = Counted()
    answers.event("claimed")
    answers.refusal("wrong code")
    asyncio.run(_answer(answers))
    return [*of_room(known, NOW), *answers.registry.collect(), *_of_watch()]


async def _answer(answers: Counted) -> None:
    await answers.answering("seat", _nobody)({"type": "http.response.start", "status": 200})


async def _nobody(message: Message) -> None:
    """Take an answer."""


def _of_watch() -> Iterator[Metric]:
    told = counted()
    with TemporaryDirectory() as folder:
        proof = Path(folder) / "health.json"
        proof.write_text(to_json([], classroom="july", at=datetime.now(UTC)))
        told.add(Proof(proof))
        told.add(Ours())
        yield from understood(json.loads(told.document()), NOW).metrics


class Ours(Machine):
    """This machine, and this process in place of a container."""

    def collect(self) -> Iterator[Metric]:
        labels = names.identity("c", "seat-07", "temporal")
        ours = Container("1", "c-seat-07-temporal", "i", "running", "Up", labels, frozenset())
        self.measure(Observed(containers={ours.name: ours}))
        return super().collect()

    def _meet(self, new: Iterable[str]) -> None:
        self._disk = Path("/")
        self._groups |= {one: cgroups.group_of(1) for one in new}


def table() -> list[str]:
    """Return the lines of the documentation's table, by name."""
    lines = []
    for metric in everything():
        assert metric.samples, metric.name
        labels = {label for sample in metric.samples for label in sample.labels} - {"le"}
        suffix = "_total" if metric.type == "counter" else ""
        shown = ", ".join(f"`{label}`" for label in sorted(labels))
        lines.append(f"| `{metric.name}{suffix}` | {shown} | {metric.documentation} |")
    return sorted(lines)


def test_the_documentation_has_every_metric_and_no_other() -> None:
    section = DOCS.read_text().split("\n## The classroom's own metrics\n")[1].split("\n## ")[0]
    written = [line for line in section.splitlines() if line.startswith("| `classroom_")]
    assert written == table()
