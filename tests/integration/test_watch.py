"""`classroom watch` on a real classroom: it names, revives, stops what is full, obeys, cuts.

First from the console, by its portal and the watch that provision leaves. Then the portal's queue
is stood in for by a small server of the test's own, which can ask for what the portal never would.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import docker
import grpc
import httpx
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from classroom.cards.sheet import codes_in
from classroom.engine.lock import exclusive
from classroom.engine.state import StateFolder
from classroom.front import front, keys
from classroom.probe.target import Frontdoor
from classroom.probe.wire import SERVICE
from classroom.spec.load import load
from classroom.spec.model import Ports
from classroom.watch import service
from classroom.watch.channel import Channel
from classroom.watch.hands import Hands
from classroom.watch.known import Known
from classroom.watch.obey import Obey
from classroom.watch.passes import Passes
from classroom.watch.quota import GIB
from tests.integration.conftest import ROOT, Room, RoomFactory

NAME = "cwt-watch"
SEAT, SIBLING = "seat-01", "seat-02"
WORK = "half an idea"


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room(NAME, "10.228.0.0/16", seats=2, quota=1)
    room.run("provision")
    yield room
    room.run("teardown", "--no-collect", "--confirm")


def until(what: str, holds: Callable[[], object], seconds: float) -> float:
    """Wait until something holds; return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"waited {seconds} s for: {what}"
        time.sleep(0.2)
    return time.monotonic() - began


def last(room: Room) -> dict[str, Any]:
    """Return what watch posted last."""
    document: dict[str, Any] = json.loads((room.state / "watch.json").read_text())
    return document


def state_of(room: Room, seat: str, component: str) -> str:
    return str(last(room)["seats"][seat][component]["state"])


def facts(room: Room, seat: str, component: str) -> dict[str, Any]:
    found: dict[str, Any] = room.client.inspect_container(f"{NAME}-{seat}-{component}")["State"]
    return found


def all_good(room: Room) -> bool:
    return bool(last(room)["good"])


def test_provision_starts_it_and_status_says_how_it_is(room: Room) -> None:
    until("a good pass", lambda: (room.state / "watch.json").exists() and all_good(room), 30)
    watch = room.json("status")["watch"]
    assert watch["process"] == service.running(StateFolder(ROOT, NAME))
    assert (watch["summary"], watch["age_seconds"] <= 20) == ("2 seats ready", True)
    assert f"watch looks after classroom {NAME} already" in room.run("watch", expect=1)


def test_a_provision_that_changes_nothing_leaves_it_at_work(room: Room) -> None:
    room.run("provision")
    pid = room.json("status")["watch"]["process"]
    room.run("provision")
    assert room.json("status")["watch"]["process"] == pid


def test_a_killed_component_is_named_within_15_s_and_back_within_30(room: Room) -> None:
    room.client.kill(f"{NAME}-{SIBLING}-temporal")
    named = until("its name", lambda: state_of(room, SIBLING, "temporal") == "failed", 15)
    fix = last(room)["seats"][SIBLING]["temporal"]["fix"]
    assert f"SEATS={SIBLING} CLASS={room.file}" in fix, fix
    back = until("its return", lambda: all_good(room), 30 - named)
    assert named + back < 30
    assert f"{SIBLING} temporal was down" in (room.state / "watch.log").read_text()
    assert room.json("health")["good"] is True


def test_nothing_is_started_while_somebody_else_changes_the_classroom(room: Room) -> None:
    with exclusive(room.state, "a test"):
        room.client.kill(f"{NAME}-{SIBLING}-prometheus")
        until("its name", lambda: state_of(room, SIBLING, "prometheus") == "failed", 15)
        time.sleep(6)
        assert not facts(room, SIBLING, "prometheus")["Running"]
    until("its return", lambda: all_good(room), 30)


def test_it_ends_cleanly_on_sigterm_and_provision_starts_it_again(room: Room) -> None:
    pid = room.json("status")["watch"]["process"]
    os.kill(pid, signal.SIGTERM)
    until("its end", lambda: service.running(StateFolder(ROOT, NAME)) is None, 10)
    assert (room.state / "watch.log").read_text().endswith("ends\n")
    assert room.json("status")["watch"]["process"] is None
    assert "watch does not run" in room.run("status")
    assert "watches over it now" in room.run("provision")
    assert room.json("status")["watch"]["process"] not in (None, pid)


class Console:
    """The instructor's console, in front of the portal and the watch that provision left."""

    def __init__(self, room: Room) -> None:
        host = f"console.localhost:{room.ports['http']}"
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{room.ports['http']}",
            headers={"Host": host, "Origin": f"http://{host}"},
            timeout=30,
        )
        password = re.findall(r"password (\S+)", room.run("password"))[0]
        assert self._client.post("/login", data={"password": password}).status_code == 303

    def press(self, seat: str, verb: str, component: str = "") -> tuple[str, str]:
        """Give an order, and return how it ended, as the seat's panel says it."""
        body = {"verb": verb, "component": component}
        answer = self._client.post(f"/seats/{seat}/orders", json=body)
        assert answer.status_code == 202, answer.text
        until("an answer", lambda: self._order(seat)["state"] != "waiting", 60)
        shown = self._order(seat)
        assert shown["id"] == answer.json()["id"]
        return shown["state"], shown["detail"]

    def _order(self, seat: str) -> dict[str, Any]:
        order: dict[str, Any] = self.seats()[seat]["order"]
        return order

    def seats(self) -> dict[str, Any]:
        """Return what the console shows of each seat."""
        with self._client.stream("GET", "/events") as stream:
            world = next(line for line in stream.iter_lines() if line.startswith("data: "))
        seats: dict[str, Any] = json.loads(world.removeprefix("data: "))["seats"]
        return seats


@pytest.fixture(scope="module")
def console(room: Room) -> Console:
    room.run("provision")
    until("a good pass", lambda: all_good(room), 60)
    return Console(room)


def test_the_console_restarts_a_component(room: Room, console: Console) -> None:
    before = {s: facts(room, s, "prometheus")["StartedAt"] for s in (SEAT, SIBLING)}
    said = console.press(SEAT, "restart", "prometheus")
    assert said == ("done", f"prometheus of {SEAT} was restarted")
    after = {s: facts(room, s, "prometheus")["StartedAt"] for s in (SEAT, SIBLING)}
    assert [s for s in before if before[s] != after[s]] == [SEAT]


def test_the_console_stops_an_attendees_workers(room: Room, console: Console) -> None:
    job = a_worker(room)
    assert console.press(SEAT, "stop-workers") == ("done", "stopped D1L1")
    until("its end", lambda: not room.client.exec_inspect(job)["Running"], 5)
    assert console.press(SEAT, "stop-workers") == ("done", "no lab worker was running")


def test_the_console_gives_a_full_workspace_back(room: Room, console: Console) -> None:
    state, said = console.press(SIBLING, "lift-quota")
    assert (state, "has room" in said) == ("failed", True)
    room.leave_work(SIBLING, WORK)
    room.exec(SIBLING, "workspace", "fallocate", "--length", "1100MiB", "/home/seat/big")
    until("its stop", lambda: not facts(room, SIBLING, "workspace")["Running"], 90)
    state, said = console.press(SIBLING, "restart", "workspace")
    assert (state, "lift the quota instead" in said) == ("failed", True)
    said = f"workspace of {SIBLING} may now take 2 GiB, and runs again"
    assert console.press(SIBLING, "lift-quota") == ("done", said)
    assert facts(room, SIBLING, "workspace")["Running"]
    assert room.work(SIBLING) == WORK
    room.exec(SIBLING, "workspace", "rm", "/home/seat/big")


def states(seats: dict[str, dict[str, dict[str, Any]]], parts: str = "") -> dict[str, Any]:
    """Return the state of each component, of a health report or of what the console was sent."""
    return {
        seat: {name: part["state"] for name, part in (found[parts] if parts else found).items()}
        for seat, found in seats.items()
    }


def test_health_watch_and_console_say_the_same_of_what_is_broken(
    room: Room, console: Console
) -> None:
    """Nothing is started meanwhile, so that all three look at the same."""
    with exclusive(room.state, "a test"):
        room.client.kill(f"{NAME}-{SEAT}-prometheus")
        room.client.kill(f"{NAME}-{SIBLING}-temporal")
        until("its name", lambda: state_of(room, SIBLING, "temporal") == "failed", 15)
        until("the other's", lambda: state_of(room, SEAT, "prometheus") == "failed", 15)
        health = states(room.json("health", expect=1)["seats"])
        assert health[SEAT]["prometheus"] == health[SIBLING]["temporal"] == "failed"
        until("watch's word", lambda: states(last(room)["seats"]) == health, 30)
        until("the console's", lambda: states(console.seats(), "parts") == health, 30)
    until("its return", lambda: all_good(room), 60)


def test_a_front_door_that_is_killed_is_back_and_forgets_no_claim(room: Room) -> None:
    until("a good pass", lambda: all_good(room), 60)
    at, host = f"http://127.0.0.1:{room.ports['http']}", {"Host": "s01.localhost"}
    code = codes_in((ROOT / "cards" / NAME / "cards.csv").read_text())[SEAT]
    claimed = httpx.post(f"{at}/claim", headers=host, data={"code": str(code), "name": "Ada"})
    assert claimed.status_code == 303
    session = {**host, "Cookie": f"seat={claimed.cookies['seat']}"}

    def opens() -> bool:
        try:
            return httpx.get(f"{at}/workspace/api/status", headers=session).is_success
        except httpx.TransportError:
            return False

    assert opens()
    key = keys(StateFolder(ROOT, NAME)).probe(SEAT)
    assert key is not None
    with websocket(room, SEAT, key.reveal()) as line:
        room.client.kill(f"{NAME}-ingress-portal")
        assert not opens()
        until("the portal's return", opens, 30)
        assert not ended(line, 1)
        room.client.kill(f"{NAME}-ingress")
        assert ended(line, 5)
        until("the ingress's return", opens, 30)
    until("a good pass", lambda: all_good(room), 60)


class Portal:
    """A queue of verbs as the portal has one."""

    def __init__(self) -> None:
        self.verbs: queue.Queue[dict[str, object]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.observations: list[dict[str, Any]] = []
        self.metrics: dict[str, list[dict[str, Any]]] = {}
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    verbs = [portal.verbs.get(timeout=2)]
                except queue.Empty:
                    verbs = []
                self._say({"verbs": verbs})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/operator/observations":
                    portal.observations.append(body)
                elif self.path == "/operator/metrics":
                    portal.metrics = {
                        name: metric["samples"] for name, metric in body["metrics"].items()
                    }
                else:
                    portal.answers.put((self.path.rpartition("/")[2], body))
                self._say({})

            def _say(self, data: dict[str, object]) -> None:
                text = json.dumps(data).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, verb: str, seat: str, component: str = "", *, key: str = "") -> dict[str, Any]:
        """Queue a verb and return its answer."""
        key = key or os.urandom(8).hex()
        order = {"id": key, "verb": verb, "seat": seat, "component": component}
        self.verbs.put(dict(order))
        answered, body = self.answers.get(timeout=60)
        assert answered == key
        return body


@pytest.fixture(scope="module")
def portal(room: Room) -> Iterator[Portal]:
    """The classroom's watch, in this process, with the test's own portal."""
    state = StateFolder(ROOT, NAME)
    service.end(NAME, state)
    class_file = load(room.file).class_file
    portal = Portal()
    opens = keys(state)
    client = docker.APIClient(version="1.41")
    known = Known(
        class_file,
        room.file,
        state,
        class_file.quota * GIB,
        front(class_file, client, state),
        opens,
    )
    hands = Hands(NAME, state)
    log = logging.getLogger("test")

    async def watch(ready: Callable[[], None], end: asyncio.Event) -> None:
        door = Frontdoor("127.0.0.1", Ports(http=portal.server.server_port), "localhost")
        async with Channel(door) as channel:
            passes = Passes(known, hands, channel, log)
            obey = Obey(known, hands, channel, log)
            await passes.once()
            tasks = [asyncio.create_task(loop.run()) for loop in (passes, obey)]
            ready()
            await end.wait()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    loop, end, started = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(watch(started.set, end),))
    thread.start()
    assert started.wait(30)
    try:
        yield portal
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(30)
        portal.server.shutdown()


def test_a_restart_restarts_that_component_alone_and_once(room: Room, portal: Portal) -> None:
    everything = [(s, c) for s in (SEAT, SIBLING) for c in ("temporal", "prometheus", "workspace")]
    before = {part: facts(room, *part)["StartedAt"] for part in everything}
    assert portal.ask("restart", SEAT, "prometheus", key="same") == {
        "ok": True,
        "detail": f"prometheus of {SEAT} was restarted",
    }
    once = {part: facts(room, *part)["StartedAt"] for part in everything}
    assert {p for p in everything if before[p] != once[p]} == {(SEAT, "prometheus")}
    assert portal.ask("restart", SEAT, "prometheus", key="same")["ok"] is True
    assert {part: facts(room, *part)["StartedAt"] for part in everything} == once


def test_it_tells_what_the_machine_has_and_the_containers_take(portal: Portal) -> None:
    until("figures", lambda: portal.metrics, 30)
    (size,) = portal.metrics["classroom_machine_memory_bytes"]
    (left,) = portal.metrics["classroom_machine_memory_available_bytes"]
    assert 0 < left["value"] < size["value"]
    (room_left,) = portal.metrics["classroom_machine_disk_available_bytes"]
    assert room_left["value"] > 0
    for name, least in (
        ("classroom_container_memory_bytes", 1 << 20),
        ("classroom_container_cpu_seconds", 0.01),
    ):
        found = {
            (one["labels"]["seat"], one["labels"]["component"]): one["value"]
            for one in portal.metrics[name]
        }
        for part in ((SEAT, "temporal"), (SIBLING, "workspace"), ("ingress", "ingress")):
            assert found[part] > least, (name, part)


def test_what_is_not_on_the_list_is_refused(portal: Portal) -> None:
    for wrong in (
        ("remove", SEAT, ""),
        ("restart", SEAT, "carrier"),
        ("restart", "ingress", "ingress"),
        ("cut", "seat-99", ""),
        ("lift-quota", SEAT, ""),
    ):
        answer = portal.ask(*wrong)
        assert answer["ok"] is False
        assert answer["detail"]


def test_a_verb_that_must_not_meet_another_run_says_who_that_is(room: Room, portal: Portal) -> None:
    with exclusive(room.state, "a test"):
        answer = portal.ask("restart", SEAT, "prometheus")
    assert answer["ok"] is False
    assert "another run holds this classroom: a test (process" in answer["detail"]


def test_stop_workers_ends_an_attendees_worker(room: Room, portal: Portal) -> None:
    assert portal.ask("stop-workers", SEAT)["detail"] == "no lab worker was running"
    job = a_worker(room)
    assert portal.ask("stop-workers", SEAT) == {"ok": True, "detail": "stopped D1L1"}
    until("its end", lambda: not room.client.exec_inspect(job)["Running"], 5)


def a_worker(room: Room) -> str:
    """Be an attendee: run a lab's worker; return the engine's word for that command."""
    room.exec(SEAT, "workspace", "lab", "start", "D1L1")
    made = room.client.exec_create(f"{NAME}-{SEAT}-workspace", ["lab", "worker", "D1L1"])
    job: str = made["Id"]
    room.client.exec_start(job, detach=True)
    records = "ls $LABKIT_RUN_DIR/workers | wc -l"
    until("a worker", lambda: room.exec(SEAT, "workspace", "sh", "-c", records) == "1\n", 30)
    return job


@contextmanager
def websocket(room: Room, seat: str, key: str) -> Iterator[socket.socket]:
    """A websocket of JupyterLab's, through the ingress."""
    host = f"s{seat[-2:]}.localhost"
    with socket.create_connection(("127.0.0.1", room.ports["http"]), timeout=5) as line:
        line.sendall(
            f"GET /workspace/api/events/subscribe HTTP/1.1\r\nHost: {host}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        assert line.recv(4096).startswith(b"HTTP/1.1 101")
        yield line


def ended(line: socket.socket, seconds: float) -> bool:
    """Whether the other side closes within so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            if not line.recv(4096):
                return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
    return False


@contextmanager
def grpc_stream(room: Room, seat: str, key: str) -> Iterator[Callable[[float], bool]]:
    """A stream of Temporal's health; yields what tells whether it ends within some seconds."""
    options = [("grpc.default_authority", f"s{seat[-2:]}.localhost")]
    with grpc.insecure_channel(f"127.0.0.1:{room.ports['grpc']}", options=options) as channel:
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=HealthCheckRequest.SerializeToString,
            response_deserializer=HealthCheckResponse.FromString,
        )
        metadata = (("authorization", f"Bearer {key}"),)
        stream = watch(HealthCheckRequest(service=SERVICE), metadata=metadata, timeout=60)
        assert next(stream).status == HealthCheckResponse.SERVING
        over = threading.Event()
        stream.add_callback(over.set)
        yield over.wait
        stream.cancel()


def test_a_cut_ends_what_is_open_to_one_seat_within_5_s(room: Room, portal: Portal) -> None:
    until("a seat that is well", lambda: portal.observations[-1]["good"], 60)
    opens = keys(StateFolder(ROOT, NAME))
    with ExitStack() as stack:
        sockets, streams = {}, {}
        for seat in (SEAT, SIBLING):
            key = opens.probe(seat)
            assert key is not None
            sockets[seat] = stack.enter_context(websocket(room, seat, key.reveal()))
            streams[seat] = stack.enter_context(grpc_stream(room, seat, key.reveal()))
        began = time.monotonic()
        answer = portal.ask("cut", SEAT)
        assert answer["ok"] is True, answer
        assert int(answer["detail"].split()[0]) >= 2
        assert ended(sockets[SEAT], 5 - (time.monotonic() - began))
        assert streams[SEAT](5 - (time.monotonic() - began))
        assert not ended(sockets[SIBLING], 3)
        assert not streams[SIBLING](0)
    left = {"label": [f"classroom.name={NAME}", "classroom.component=cut"]}
    assert room.client.containers(all=True, filters=left) == []


def quota(portal: Portal, component: str = "workspace") -> dict[str, Any]:
    """Return what watch told last of a volume of SEAT's."""
    found: dict[str, Any] = portal.observations[-1]["quota"][SEAT][component]
    return found


def test_a_full_volume_stops_its_workspace_and_lifting_gives_it_back(
    room: Room, portal: Portal
) -> None:
    until("a room that is well", lambda: portal.observations[-1]["good"], 60)
    room.leave_work(SEAT, WORK)
    room.exec(SEAT, "workspace", "fallocate", "--length", "900MiB", "/home/seat/big")
    until("a warning", lambda: quota(portal)["used"] > 0.8 * GIB, 40)
    assert facts(room, SEAT, "workspace")["Running"]

    room.exec(SEAT, "workspace", "fallocate", "--length", "1100MiB", "/home/seat/big")
    until("its stop", lambda: quota(portal)["stopped"], 60)
    assert not facts(room, SEAT, "workspace")["Running"]
    result = portal.observations[-1]["seats"][SEAT]["workspace"]
    assert (result["state"], result["check"]) == ("failed", "quota")
    assert re.search(r"its files take 1\.\d+ of 1 GiB; they are intact", result["seen"])
    assert re.search(r"its files take 1\.\d+ of 1 GiB", room.run("health", expect=1))
    assert all(r["state"] == "ok" for r in portal.observations[-1]["seats"][SIBLING].values())
    time.sleep(10)
    assert not facts(room, SEAT, "workspace")["Running"]
    assert "lift the quota instead" in portal.ask("restart", SEAT, "workspace")["detail"]

    answer = portal.ask("lift-quota", SEAT)
    assert answer == {
        "ok": True,
        "detail": f"workspace of {SEAT} may now take 2 GiB, and runs again",
    }
    until("a seat that is well", lambda: portal.observations[-1]["good"], 60)
    assert quota(portal)["limit"] == 2 * GIB
    assert room.work(SEAT) == WORK
    assert "has room" in portal.ask("lift-quota", SEAT)["detail"]


LOOP = """
import asyncio, os
from temporalio.client import Client

async def main():
    client = await Client.connect("temporal:7233")
    for number in range(20):
        await client.start_workflow(
            "Nobody", os.urandom(1 << 20), id=f"large-{number}", task_queue="nobody"
        )

asyncio.run(main())
os._exit(0)  # a process that had a client crashes on its way out now and then
"""


def test_histories_that_fill_a_servers_volume_stop_it_and_lifting_gives_them_back(
    room: Room, portal: Portal
) -> None:
    until("a room that is well", lambda: portal.observations[-1]["good"], 60)
    before = quota(portal, "temporal")["used"]
    room.exec(SEAT, "workspace", "python", "-c", LOOP)
    until("20 MiB more", lambda: quota(portal, "temporal")["used"] - before > 20 << 20, 60)
    # The rest of a gibibyte would take such a loop minutes.
    room.exec(SEAT, "temporal", "fallocate", "--length", "900MiB", "/data/large")
    until("a warning", lambda: quota(portal, "temporal")["used"] > 0.8 * GIB, 60)
    assert facts(room, SEAT, "temporal")["Running"]

    room.exec(SEAT, "temporal", "fallocate", "--length", "1010MiB", "/data/large")
    until("its stop", lambda: quota(portal, "temporal")["stopped"], 60)
    result = portal.observations[-1]["seats"][SEAT]["temporal"]
    assert (result["state"], result["check"]) == ("failed", "quota")
    assert re.search(r"its files take 1\.\d+ of 1 GiB; they are intact", result["seen"])
    assert "stop its workers in the console, then lift the quota" in result["fix"]
    assert all(r["state"] == "ok" for r in portal.observations[-1]["seats"][SIBLING].values())
    assert facts(room, SEAT, "workspace")["Running"]
    time.sleep(10)
    assert not facts(room, SEAT, "temporal")["Running"]
    assert "lift the quota instead" in portal.ask("restart", SEAT, "temporal")["detail"]

    assert portal.ask("lift-quota", SEAT) == {
        "ok": True,
        "detail": f"temporal of {SEAT} may now take 2 GiB, and runs again",
    }
    until("a seat that is well", lambda: portal.observations[-1]["good"], 60)
    count = ("temporal", "workflow", "count", "--query", "WorkflowType = 'Nobody'")
    assert "20" in room.exec(SEAT, "workspace", *count)
