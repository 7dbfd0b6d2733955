"""A whole pass, against a front door of a few lines: one result for each, whatever happens."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom.cli.proof import prove_patiently
from classroom.engine.crashes import Crash
from classroom.probe import COMPONENTS, Frontdoor, Result, Seat, State, prove
from classroom.probe.prove import prove_doors
from classroom.spec.model import Ports
from classroom.spec.secret import Secret


def register(numbers: Iterable[int]) -> bytes:
    """The seats that the portal knows, as it says them."""
    return json.dumps({"seats": {f"seat-{n:02d}": {} for n in numbers}}).encode()


LAB = b'<script id="jupyter-config-data" type="application/json">{"appVersion": "4.6.6"}</script>'
DOORS = {"/healthz": b"ok", "/operator/seats": register(range(1, 71))}
COLLECTING = (
    b'{"data": {"activeTargets": [{"scrapePool": "classroom", "health": "up",'
    b' "scrapeInterval": "10s", "lastScrape": "2999-01-01T00:00:00Z"}]}}'
)
COLLECTOR = {
    "/prometheus/-/ready": b"ready",
    "/prometheus/api/v1/status/buildinfo": b'{"data": {"version": "3.5.3"}}',
    "/prometheus/api/v1/targets?state=active": COLLECTING,
}
FRONT = {**DOORS, **COLLECTOR}
GRAFANA = {
    "/grafana/api/health": b'{"database": "ok", "version": "12.2.0"}',
    "/grafana/api/ds/query": b'{"results": {"A": {"frames": [{"data": {"values": [[1], [1]]}}]}}}',
}
WORKSPACE = {**FRONT, "/workspace/api": b'{"version": "2"}', "/workspace/lab": LAB}


@dataclass
class Door:
    """A front door on one port: answers what it has, hangs on a host in ``hung``, else 502."""

    pages: dict[str, bytes] = field(default_factory=lambda: dict(WORKSPACE))
    hung: set[str] = field(default_factory=set)
    statuses: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    viewer: bool = False
    server: asyncio.Server | None = None
    guests: set[asyncio.StreamWriter] = field(default_factory=set)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self.server is not None
        self.server.close()
        for guest in self.guests:
            guest.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.guests.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                body = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
                await reader.readexactly(int(body[1]) if body else 0)
                await self._answer(head, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.guests.discard(writer)
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        path = head.split()[1]
        self.asked.append(path)
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        self.keys.append((fields["Host"], fields.get("Authorization", "")))
        if any(f"{host}." in head for host in self.hung):
            await asyncio.sleep(60)
        body = self.pages.get(path, b"")
        status = b"HTTP/1.1 200 OK\r\nVia: 1.1 Caddy" if body else b"HTTP/1.1 502 Bad Gateway"
        status = self.statuses.get(path, status)
        writer.write(b"%b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    @property
    def front(self) -> Frontdoor:
        ports = Ports(http=self.port, grpc=self.port, ui=self.port, metrics=self.port)
        key = Secret("ok-1")
        return Frontdoor("127.0.0.1", ports, "localhost", operator=key, viewer=self.viewer)


def seats(count: int, *components: str) -> list[Seat]:
    parts = components or ("workspace",)
    return [Seat(f"seat-{n:02d}", f"s{n:02d}.localhost", parts) for n in range(1, count + 1)]


def passing(
    door: Door,
    planned: list[Seat],
    *,
    settle: bool = False,
    deadline: float = 20,
    meanwhile: Callable[[], Coroutine[None, None, None]] | None = None,
) -> tuple[Result, ...]:
    """Prove the seats while something happens; check what holds of every pass."""
    told: list[Result] = []

    async def run() -> tuple[Result, ...]:
        async with AsyncExitStack() as stack:
            await door.open()
            stack.push_async_callback(door.close)
            aside = asyncio.create_task(meanwhile()) if meanwhile else None
            found = await prove(
                door.front,
                planned,
                fresh=False,
                deadline=deadline,
                on_result=told.append,
                settle=settle,
            )
            if aside:
                await aside
            return found

    began = time.monotonic()
    found = asyncio.run(run())
    assert time.monotonic() - began < deadline + 5
    assert [(r.seat, r.component) for r in found] == [
        ("ingress", "ingress"),
        ("ingress", "portal"),
        ("ingress", "prometheus"),
        *([("ingress", "grafana")] if door.viewer else []),
        *((seat.name, part) for seat in planned for part in seat.components),
    ]
    assert sorted(told, key=repr) == sorted(found, key=repr)
    return found


def test_a_pass_over_good_seats() -> None:
    found = passing(Door(), seats(70))
    assert {r.state for r in found} == {State.OK}


parts = st.lists(st.sampled_from(COMPONENTS), unique=True).map(tuple)


@settings(max_examples=20)
@given(planned=st.lists(parts, max_size=4), pages=st.sets(st.sampled_from(sorted(WORKSPACE))))
def test_each_planned_component_has_exactly_one_result(
    planned: list[tuple[str, ...]], pages: set[str]
) -> None:
    door = Door(pages={path: WORKSPACE[path] for path in pages})
    wanted = [Seat(f"seat-{n:02d}", f"s{n:02d}.x", what) for n, what in enumerate(planned, 1)]
    found = passing(door, wanted)
    lab = WORKSPACE.keys() - COLLECTOR.keys()
    needs = {
        ("ingress", "ingress"): {"/healthz"},
        ("ingress", "portal"): DOORS.keys(),
        ("ingress", "prometheus"): FRONT.keys(),
        **{(seat.name, "workspace"): lab for seat in wanted},
    }
    for result in found:
        wants = needs.get((result.seat, result.component))
        assert wants is None or result.good == (wants <= pages)
        assert result.good or (result.check and result.seen and result.fix)


def test_behind_a_door_that_is_no_ingress_nobody_is_asked() -> None:
    door = Door(pages={**WORKSPACE, "/healthz": b"It works!"})
    first, *others = passing(door, seats(3))
    assert (first.state, {r.state for r in others}) == (State.FAILED, {State.UNKNOWN})
    assert door.asked == ["/healthz"]


@pytest.mark.parametrize(
    ("register", "state", "check"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nVia: 1.1 Caddy", State.FAILED, "credential"),
        (b"HTTP/1.1 502 Bad Gateway", State.FAILED, "operator's API"),
    ],
)
def test_a_portal_that_lets_nobody_in_is_the_one_failure(
    register: bytes, state: State, check: str
) -> None:
    door = Door(statuses={"/operator/seats": register})
    ingress, portal, *others = passing(door, seats(3))
    assert ingress.state is State.OK
    assert (portal.state, portal.check) == (state, check)
    assert {(r.state, r.fix) for r in others} == {(State.UNKNOWN, "see portal")}
    assert "/workspace/api" not in door.asked


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        ([], "it knows none of the 6 seats: nobody can claim them"),
        ([1, 2, 4, 5], "it does not know seat-03, seat-06: nobody can claim them"),
        ([1, 7], "it does not know seat-02, seat-03, seat-04 and 2 more: nobody can claim them"),
    ],
)
@pytest.mark.parametrize("settle", [False, True])
def test_a_portal_that_does_not_know_the_seats_is_not_green_and_they_are_looked_at(
    known: list[int], seen: str, settle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prove.__globals__, "INGRESS_SECONDS", 0.5)
    door = Door(pages={**WORKSPACE, "/operator/seats": register(known)})
    ingress, portal, *others = passing(door, seats(6), settle=settle)
    assert (portal.state, portal.check, portal.seen) == (State.FAILED, "its seats", seen)
    assert portal.fix.startswith("make provision SEATS=ingress ")
    assert {r.state for r in (ingress, *others)} == {State.OK}


def test_a_seat_that_nobody_is_let_in_to_on_purpose_is_not_missed() -> None:
    door = Door(pages={**WORKSPACE, "/operator/seats": register([1])})
    first, second = seats(2)
    found = passing(door, [first, replace(second, enrolled=False)])
    assert {r.state for r in found} == {State.OK}


@pytest.mark.parametrize(
    ("targets", "seen"),
    [
        (b'{"data": {"activeTargets": []}}', "has not read the classroom's metrics yet"),
        (COLLECTING.replace(b"2999", b"0001"), "has not read the classroom's metrics yet"),
        (COLLECTING.replace(b"2999", b"2025"), "last read the classroom's metrics"),
        (
            COLLECTING.replace(b'"up"', b'"down", "lastError": "401 Unauthorized"'),
            "can't read the classroom's metrics: 401 Unauthorized",
        ),
        (b"<html>", "expected a JSON object"),
    ],
)
def test_a_class_prometheus_that_does_not_read_is_a_failure_of_its_own(
    targets: bytes, seen: str
) -> None:
    door = Door(pages={**WORKSPACE, "/prometheus/api/v1/targets?state=active": targets})
    ingress, portal, collector, *others = passing(door, seats(2))
    assert {r.state for r in (ingress, portal, *others)} == {State.OK}
    assert (collector.state, seen in collector.seen) == (State.FAILED, True), collector.seen


ATTENDEES = {**FRONT, "/workspace/api/worker": b'{"state": "attendee"}'}


@pytest.mark.parametrize("light", [frozenset[str](), frozenset({"worker"})])
@pytest.mark.parametrize(
    ("metrics", "new", "state"),
    [
        (b'temporal_num_pollers{poller_type="workflow_task"} 5\n', False, State.OK),
        (b"<title>Directory listing for /</title>", False, State.STOPPED),
        (b"<title>Directory listing for /</title>", True, State.FAILED),
        (b"", False, State.STOPPED),
    ],
)
def test_what_holds_the_workers_port_is_a_worker_only_if_its_metrics_say_so(
    metrics: bytes, new: bool, state: State, light: frozenset[str]
) -> None:
    door = Door(pages={**ATTENDEES, "/metrics/worker": metrics})
    (seat,) = seats(1, "worker")
    *_, found = passing(door, [replace(seat, new=new, light=light)])
    assert found.state is state
    assert bool(found.fix) == (state is not State.OK)


NO_VALUE = b'{"results": {"A": {"frames": [{"data": {"values": [[], []]}}]}}}'


@pytest.mark.parametrize(
    ("changes", "state", "seen"),
    [
        ({}, State.OK, "its data source answers with 1 values"),
        ({"/grafana/api/health": b""}, State.FAILED, "the component did not answer"),
        ({"/grafana/api/health": b'{"database": "locked"}'}, State.FAILED, "database is locked"),
        ({"/grafana/api/ds/query": NO_VALUE}, State.FAILED, "returned no value"),
        (
            {"/grafana/api/ds/query": NO_VALUE, "/prometheus/-/ready": b""},
            State.UNKNOWN,
            "Prometheus does not answer",
        ),
    ],
)
def test_a_class_grafana_is_proven_and_no_seat_waits_for_it(
    changes: dict[str, bytes], state: State, seen: str
) -> None:
    door = Door(pages={**WORKSPACE, **GRAFANA, **changes}, viewer=True)
    ingress, portal, _, viewer, *others = passing(door, seats(2))
    assert {r.state for r in (ingress, portal, *others)} == {State.OK}
    assert viewer.state is state
    assert seen in viewer.seen
    if state is State.FAILED:
        assert "make provision SEATS=ingress" in viewer.fix
        assert "logs SEAT=ingress" in viewer.fix
    opened = {key for host, key in door.keys if host.startswith("console.")}
    assert opened == {"Bearer ok-1"}


def test_behind_a_closed_door_the_class_grafana_is_unknown() -> None:
    *_, viewer = passing(Door(pages={}, viewer=True), [])
    assert viewer.state is State.UNKNOWN


def test_whoever_asks_for_the_doors_alone_waits_for_nothing_else() -> None:
    async def run(door: Door) -> tuple[Result, ...]:
        async with AsyncExitStack() as stack:
            await door.open()
            stack.push_async_callback(door.close)
            return await prove_doors(door.front, deadline=20)

    door = Door(pages=DOORS)
    found = asyncio.run(run(door))
    assert [(r.component, r.state) for r in found] == [("ingress", State.OK), ("portal", State.OK)]
    assert not [path for path in door.asked if "prometheus" in path]


@pytest.mark.parametrize(("loops", "waited"), [("prometheus", 0.0), ("", 6.0)])
def test_a_class_prometheus_that_loops_is_given_up_once_the_seats_are_ready(
    loops: str, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prove_patiently.__globals__, "LOOK_SECONDS", 0.1)
    crash = Crash("ingress", loops, 9, 1, out_of_memory=False, waiting=60.0, words="bad file")
    door = Door(pages={**WORKSPACE, "/prometheus/-/ready": b""})

    async def run() -> tuple[Result, ...]:
        async with AsyncExitStack() as stack:
            await door.open()
            stack.push_async_callback(door.close)
            return await prove_patiently(
                door.front,
                seats(2),
                deadline=6.0,
                on_result=lambda _: None,
                crashes=lambda: (crash,) if loops else (),
                kept=frozenset(),
                restart=lambda *_: None,
            )

    began = time.monotonic()
    found = {(r.seat, r.component): r for r in asyncio.run(run())}
    assert waited <= time.monotonic() - began < waited + 5
    bad = found.pop(("ingress", "prometheus"))
    assert (bad.state, {r.state for r in found.values()}) == (State.FAILED, {State.OK})
    assert ("bad file" in bad.seen) == bool(loops)


def test_what_was_good_before_a_restart_is_proven_again_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOOK_SECONDS", "FROZEN_SECONDS"):
        monkeypatch.setitem(prove_patiently.__globals__, name, 0.1)
    lab = "/workspace/api"
    door = Door(pages={**WORKSPACE})

    async def run() -> tuple[Result, ...]:
        loop = asyncio.get_running_loop()

        def restart(*server: str) -> None:
            assert server == ("seat-01", "grafana")
            door.pages |= {path: page for path, page in GRAFANA.items() if path not in door.pages}
            # What is beside it misses it for a while.
            page = door.pages.pop(lab)
            loop.call_soon_threadsafe(loop.call_later, 2, door.pages.__setitem__, lab, page)

        async with AsyncExitStack() as stack:
            await door.open()
            stack.push_async_callback(door.close)
            return await prove_patiently(
                door.front,
                seats(1, "workspace", "grafana"),
                deadline=10.0,
                on_result=lambda _: None,
                crashes=lambda: (),
                kept={("seat-01", "grafana")},
                restart=restart,
            )

    found = asyncio.run(run())
    assert {r.state for r in found} == {State.OK}
    assert lab in door.pages, "it was called good while it was away"


def test_it_says_how_many_seats_it_reads() -> None:
    one = b'{"scrapePool": "seats", "health": "%b", "scrapeInterval": "30s"}'
    both = b", ".join((one % b"up", one % b"down"))
    page = COLLECTING.replace(b"[{", b"[" + both + b", {")
    door = Door(pages={**WORKSPACE, "/prometheus/api/v1/targets?state=active": page})
    collector = passing(door, seats(1))[2]
    assert (collector.state, collector.version) == (State.OK, "3.5.3")
    assert collector.seen == "reads the classroom's metrics and 1 of 2 seats"


def test_each_host_gets_its_own_key_and_no_result_shows_one() -> None:
    door = Door()
    planned = [replace(s, key=Secret(f"pk-{s.name}")) for s in seats(2)]
    found = passing(door, planned)
    assert {(host, key) for host, key in door.keys if key} == {
        ("portal.localhost", "Bearer ok-1"),
        ("console.localhost", "Bearer ok-1"),
        ("s01.localhost", "Bearer pk-seat-01"),
        ("s02.localhost", "Bearer pk-seat-02"),
    }
    assert "pk-" not in repr((planned, found))


def test_without_settling_each_is_attempted_once() -> None:
    door = Door(pages=dict(FRONT))
    passing(door, seats(1))
    assert door.asked.count("/workspace/api") == 1


def test_settling_waits_for_what_starts_late() -> None:
    door = Door(pages=dict(FRONT))

    async def start_later() -> None:
        await asyncio.sleep(1)
        door.pages |= WORKSPACE

    found = passing(door, seats(2), settle=True, meanwhile=start_later)
    assert {r.state for r in found} == {State.OK}
    assert all(1 <= r.seconds < 4 for r in found[3:])


def test_settling_also_waits_for_the_ingress() -> None:
    door = Door(pages={})

    async def start_later() -> None:
        await asyncio.sleep(0.5)
        door.pages |= WORKSPACE

    found = passing(door, seats(1), settle=True, meanwhile=start_later)
    assert {r.state for r in found} == {State.OK}


@pytest.mark.parametrize("settle", [False, True])
def test_the_deadline_holds_and_spares_what_was_proven(settle: bool) -> None:
    *_, hung, well = passing(Door(hung={"s01"}), seats(2), settle=settle, deadline=1)
    assert (hung.state, hung.check) == (State.UNKNOWN, "deadline")
    assert well.state is State.OK


def test_the_deadline_keeps_the_last_verdict() -> None:
    *_, late = passing(Door(pages=dict(FRONT)), seats(1), settle=True, deadline=1)
    assert (late.state, late.check) == (State.FAILED, "workspace API")


def test_an_ingress_that_restarts_meanwhile_fails_nobody() -> None:
    door = Door(hung={"s01"})

    async def restart() -> None:
        await asyncio.sleep(0.5)
        door.hung.clear()
        await door.close()
        await asyncio.sleep(0.5)
        await door.open()

    found = passing(door, seats(1), meanwhile=restart)
    assert {r.state for r in found} == {State.OK}


def test_an_ingress_that_dies_meanwhile_is_the_failure() -> None:
    door = Door(hung={"s01"})

    async def die() -> None:
        await asyncio.sleep(0.5)
        await door.close()

    for part in ("workspace", "temporal"):
        first, *_, behind = passing(door, seats(1, part), meanwhile=die)
        assert first.state is State.FAILED
        assert (behind.state, behind.fix) == (State.UNKNOWN, "see ingress")


def test_an_ingress_that_hangs_meanwhile_is_a_failure_too() -> None:
    door = Door(hung={"s01"})

    async def hang() -> None:
        await asyncio.sleep(0.5)
        door.hung.add("ingress")

    first, *_, behind = passing(door, seats(1), meanwhile=hang)
    assert (first.state, first.seen.endswith("no answer within 5 s")) == (State.FAILED, True)
    assert not behind.good


def test_a_fault_of_the_probe_itself_is_one_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(prove.__globals__["CHECKS"], "grafana", broken)
    *_, workspace, grafana = passing(Door(), seats(1, "workspace", "grafana"))
    assert workspace.state is State.OK
    assert (grafana.state, "ZeroDivisionError" in grafana.seen) == (State.UNKNOWN, True)
