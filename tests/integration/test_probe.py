"""The probe against a real seat behind the real ingress, whole and broken in turn."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Timer

import docker
import pytest
from docker.models.containers import Container

from classroom.engine.images import Images, ensure_images
from classroom.plan import names
from classroom.probe import COMPONENTS, Frontdoor, Result, Seat, State, prove
from classroom.spec import keys
from classroom.spec.model import ClassFile, GrafanaPolicy, Ports
from classroom.spec.secret import Secret
from tests.scrape import class_configuration, configuration

ROOT = Path(__file__).parents[2]
NAME = "cwt-probe"
SEAT = "seat-07"
URL = "http://s07.localhost"
USER = 10001
READY_SECONDS = 90.0
SIGNING_KEY = keys.new_signing_key()
DOORS = ("ingress", "portal")
COLLECTOR = "class-prometheus"
"""The class Prometheus, beside the seat's own."""


@dataclass(frozen=True)
class Lab:
    """One seat, an ingress and a portal, made of the project's images."""

    front: Frontdoor
    seat: Seat
    containers: dict[str, Container]

    def prove(
        self, *, settle: bool = False, fresh: bool = False, deadline: float = 30
    ) -> dict[str, Result]:
        """Prove the seat; results by component."""
        told: list[Result] = []
        results = asyncio.run(
            prove(
                self.front,
                [self.seat],
                fresh=fresh,
                deadline=deadline,
                on_result=told.append,
                settle=settle,
            )
        )
        assert sorted(told, key=repr) == sorted(results, key=repr)
        own = (*DOORS, COLLECTOR)
        assert len(results) == len(own) + len(self.seat.components)
        return dict(zip((*own, *self.seat.components), results, strict=True))

    def states(self, **how: float) -> dict[str, State]:
        """Prove the seat; what is not OK, by component."""
        results = self.prove(**how)  # type: ignore[arg-type]
        return {name: r.state for name, r in results.items() if r.state is not State.OK}

    def sh(self, component: str, *command: str) -> str:
        """Run a command in a container."""
        code, output = self.containers[component].exec_run(list(command))
        assert isinstance(output, bytes)
        text = output.decode()
        assert code == 0, text
        return text


def _mounts(component: str) -> dict[str, dict[str, str]]:
    where = {"workspace": "/home/seat"}.get(component, "/data")
    return {f"{NAME}-{component}-data": {"bind": where, "mode": "rw"}}


ENVIRONMENT = {
    "temporal": {"UI_PUBLIC_PATH": "/temporal"},
    "prometheus": {"EXTERNAL_URL": f"{URL}/prometheus/"},
    COLLECTOR: {"EXTERNAL_URL": "http://console.localhost:8000/prometheus/"},
    "grafana": {"GF_SERVER_ROOT_URL": f"{URL}/grafana/"},
    "workspace": {
        "SEAT": SEAT,
        "SEAT_URL": URL,
        "SEAT_PORTS": "grpc=7233,ui=8233,metrics=8080",
        "TEMPORAL_ADDRESS": "temporal:7233",
        "TEMPORAL_NAMESPACE": "default",
        "BASE_URL": "/workspace/",
    },
    "ingress": {"CLASSROOM": NAME, "DOMAIN": "localhost", "TLS": "off"},
    "portal": {
        "CLASSROOM": NAME,
        "DOMAIN": "localhost",
        "PUBLIC_URL": "http://localhost:8000",
        "PORTS": "grpc=7233,ui=8233,metrics=8080",
        "TLS": "off",
    },
}

PORTS = {"http": 8000, "grpc": 7233, "ui": 8233, "metrics": 8080}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PUBLISHED = Ports(**{name: _free_port() for name in PORTS})
"""Fixed for the whole run: left to Docker they would be others after a restart."""


def _publish() -> dict[str, tuple[str, int]]:
    return {f"{port}/tcp": ("127.0.0.1", getattr(PUBLISHED, n)) for n, port in PORTS.items()}


def _files(component: str) -> dict[str, bytes]:
    if component == "prometheus":
        return {"etc/prometheus/prometheus.yml": configuration(NAME, SEAT).encode()}
    if component == COLLECTOR:
        rendered = class_configuration(NAME, ingress=f"{NAME}-ingress")
        return {
            "etc/prometheus/prometheus.yml": rendered.encode(),
            "etc/prometheus/metrics-key": keys.metrics_key(SIGNING_KEY).encode(),
        }
    if component == "grafana":
        return {"etc/classroom/admin-password": b"not-a-secret-in-a-test"}
    if component == "portal":
        return {"etc/classroom/signing-key": SIGNING_KEY.encode()}
    return {}


def _name(component: str) -> str:
    stack = names.INGRESS if component in (*DOORS, COLLECTOR) else SEAT
    return names.container_name(NAME, stack, component.removeprefix("class-"))


def _archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o600, USER, USER
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _start(client: docker.DockerClient, image: str, component: str) -> Container:
    ingress = component == "ingress"
    container = client.containers.create(
        image,
        name=_name(component),
        hostname=component,
        user=f"{USER}:{USER}",
        environment=ENVIRONMENT[component],
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        init=True,
        tmpfs={"/tmp": "size=64m,mode=1777"},  # noqa: S108 - the container's own
        volumes={} if ingress else _mounts(component),
        ports=_publish() if ingress else {},
        networking_config={NAME: client.api.create_endpoint_config(aliases=[component])},
        network=NAME,
    )
    if files := _files(component):
        container.put_archive("/", _archive(files))
    container.start()
    container.reload()
    return container


def _remove(client: docker.DockerClient) -> None:
    """Remove what this module, or an earlier run of it that was killed, has made."""
    for container in client.containers.list(all=True, filters={"name": f"^/{NAME}-"}):
        container.remove(force=True, v=True)
    for volume in client.volumes.list(filters={"name": f"{NAME}-"}):
        volume.remove()
    for network in client.networks.list(names=[f"^{NAME}$"]):
        network.remove()


@pytest.fixture(scope="module")
def images() -> Images:
    tarball = os.environ.get("GRAFANA")
    wanted = (
        ClassFile(grafana=GrafanaPolicy.REQUIRED, grafana_tarball=Path(tarball))
        if tarball
        else ClassFile(grafana=GrafanaPolicy.OFF)
    )
    return ensure_images(wanted, root=ROOT, progress=lambda _: None)


@pytest.fixture(scope="module")
def lab(images: Images) -> Iterator[Lab]:
    client = docker.from_env()
    _remove(client)
    with ExitStack() as stack:
        stack.callback(_remove, client)
        client.networks.create(NAME, driver="bridge")
        tags = {**images.tags, COLLECTOR: images.tags["prometheus"]}
        containers = {name: _start(client, tags[name], name) for name in tags}
        operator = Secret(keys.operator_key(SIGNING_KEY))
        front = Frontdoor("127.0.0.1", PUBLISHED, "localhost", operator=operator)
        planned = tuple(name for name in COMPONENTS if name == "worker" or name in tags)
        # This portal was told of no seat; what it says then is tested below.
        seat = Seat(SEAT, "s07.localhost", planned, new=True, key=key_of(SEAT), enrolled=False)
        made = Lab(front, seat, containers)
        settled = made.prove(settle=True, fresh=True, deadline=READY_SECONDS)
        assert [r for r in settled.values() if r.state is not State.OK] == []
        yield made


def key_of(seat: str) -> Secret:
    return Secret(keys.probe_key(SIGNING_KEY, seat))


@contextmanager
def paused(container: Container) -> Iterator[None]:
    container.pause()
    try:
        yield
    finally:
        container.unpause()


@contextmanager
def stopped(container: Container) -> Iterator[None]:
    container.stop(timeout=2)
    try:
        yield
    finally:
        container.start()


@pytest.fixture
def healed(lab: Lab) -> Iterator[Lab]:
    """The seat, for a test that breaks it; whole again for the next."""
    yield lab
    results = lab.prove(settle=True, fresh=True, deadline=READY_SECONDS)
    assert [r for r in results.values() if not r.good] == []


@pytest.fixture
def restarted(healed: Lab) -> Iterator[Lab]:
    """The seat, for a test that takes its welcome worker away: only a restart brings it back."""
    yield healed
    healed.containers["workspace"].restart(timeout=2)


def test_a_seat_that_is_well_is_proven_with_versions_and_by_a_finished_workflow(lab: Lab) -> None:
    results = lab.prove(fresh=True)
    assert {r.state for r in results.values()} == {State.OK}
    told = results.keys() - {*DOORS, "worker"}
    versions = {name: results[name].version for name in told}
    assert all(version[0].isdigit() for version in versions.values()), versions
    assert "completed a workflow" in results["worker"].seen
    closed = lab.sh("temporal", "temporal", "workflow", "show", "-w", "welcome")
    assert "Completed" in closed


def test_the_probe_leaves_no_workflow_open(lab: Lab) -> None:
    lab.prove()
    query = "ExecutionStatus = 'Running'"
    count = ("temporal", "workflow", "count", "--query", query)
    until(lambda: "Total: 0" in lab.sh("temporal", *count, "-n", "probe"))
    until(lambda: "Total: 0" in lab.sh("temporal", *count, "-n", "default"))


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what shows up late, such as visibility records."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


NAMESPACE = ("temporal", "operator", "namespace")


def test_a_wrong_retention_is_named_and_the_fix_that_is_given_fixes_it(healed: Lab) -> None:
    healed.sh("temporal", *NAMESPACE, "update", "--retention", "24h", "-n", "default")
    result = healed.prove()["temporal"]
    assert result.state is State.FAILED
    assert (result.check, result.seen) == ("retention of default", "retention is 24 h, not 720 h")
    _, _, command = result.fix.partition(": ")
    healed.sh("workspace", *command.split())
    assert healed.states() == {}


def test_a_missing_namespace_is_named_and_the_fix_that_is_given_fixes_it(healed: Lab) -> None:
    healed.sh("temporal", *NAMESPACE, "delete", "-n", "probe", "--yes")
    # The server goes on serving a deleted namespace from its cache for a while.
    until(lambda: healed.states() != {}, seconds=90)
    result = healed.prove()["temporal"]
    assert (result.state, result.check) == (State.FAILED, "namespace probe")
    assert "Namespace probe is not found" in result.seen
    _, _, command = result.fix.partition(": ")
    healed.sh("workspace", *command.split())


def test_a_server_that_hangs_is_one_failure_that_names_the_timeout(healed: Lab) -> None:
    began = time.monotonic()
    with paused(healed.containers["temporal"]):
        results = healed.prove()
    assert time.monotonic() - began < 10
    assert results["temporal"].state is State.FAILED
    assert results["temporal"].seen == "no answer within 5 s"
    assert "make provision SEATS=seat-07" in results["temporal"].fix
    assert results["worker"].state is State.UNKNOWN
    assert results["worker"].fix == "see temporal of seat-07"
    assert {r.state for n, r in results.items() if n not in ("temporal", "worker")} == {State.OK}


def test_a_workspace_that_hangs_is_well_after_the_restart_that_is_advised(healed: Lab) -> None:
    workspace = healed.containers["workspace"]
    workspace.exec_run(["sh", "-c", "kill -STOP -1"])
    results = healed.prove()
    assert results["workspace"].seen == "no answer within 5 s"
    assert "restart it in the console" in results["workspace"].fix
    assert results["worker"].fix == "see workspace of seat-07"
    workspace.restart(timeout=2)
    until(lambda: healed.states() == {}, seconds=READY_SECONDS)


def test_a_prometheus_that_hangs_is_not_called_a_failure_of_grafana(healed: Lab) -> None:
    with paused(healed.containers["prometheus"]):
        results = healed.prove()
    assert results["prometheus"].seen == "no answer within 5 s"
    if "grafana" in results:
        assert results["grafana"].state is State.UNKNOWN
        assert results["grafana"].fix == "see prometheus of seat-07"


def test_a_component_that_is_down_is_named_in_the_words_of_the_ingress(healed: Lab) -> None:
    with stopped(healed.containers["prometheus"]):
        result = healed.prove()["prometheus"]
    assert (result.state, result.check) == (State.FAILED, "ready")
    assert result.seen == "seat-07: prometheus did not answer"


def test_a_dead_workspace_is_no_failure_of_its_worker(healed: Lab) -> None:
    with stopped(healed.containers["workspace"]):
        results = healed.prove()
    assert results["workspace"].state is State.FAILED
    assert (results["worker"].state, results["worker"].fix) == (
        State.UNKNOWN,
        "see workspace of seat-07",
    )
    assert results["prometheus"].state is State.OK


STOP_WELCOME = ("sh", "-c", "kill $(cat $LABKIT_RUN_DIR/welcome.pid)")


def test_a_worker_that_its_attendee_stopped_is_yellow_and_fails_nothing_else(
    restarted: Lab,
) -> None:
    restarted.sh("workspace", *STOP_WELCOME)
    old = replace(restarted, seat=replace(restarted.seat, new=False))
    until(lambda: old.states() == {"worker": State.STOPPED})
    # Also once Prometheus has noticed.
    until(lambda: "worker is down itself" in old.prove()["prometheus"].seen, seconds=20)
    assert old.states() == {"worker": State.STOPPED}
    assert restarted.prove()["worker"].state is State.FAILED


def test_an_attendees_own_worker_is_well_and_well_again_after_a_kill(restarted: Lab) -> None:
    old = replace(restarted, seat=replace(restarted.seat, new=False))
    old.sh("workspace", "lab", "start", "D1L1")
    old.containers["workspace"].exec_run(["lab", "worker", "D1L1"], detach=True)
    until(lambda: "attendee" in old.prove()["worker"].seen, seconds=90)
    assert old.states() == {}
    old.sh("workspace", "lab", "kill")
    until(lambda: old.states() == {"worker": State.STOPPED})


def test_what_else_holds_the_workers_port_is_no_worker(restarted: Lab) -> None:
    old = replace(restarted, seat=replace(restarted.seat, new=False))
    old.sh("workspace", *STOP_WELCOME)
    server = ["python", "-m", "http.server", "8080", "--directory", "/var/empty"]
    old.containers["workspace"].exec_run(server, detach=True)
    until(lambda: "something holds :8080" in old.prove()["worker"].seen)
    until(lambda: old.states() == {"worker": State.STOPPED})
    light = replace(old, seat=replace(old.seat, light=frozenset({"worker"})))
    assert light.states() == {"worker": State.STOPPED}
    assert restarted.prove()["worker"].state is State.FAILED


A_PROGRAM = """
import time
from prometheus_client import start_http_server
start_http_server(8090)
time.sleep(600)
"""
NOT_THE_API = 'up{job!="temporal-api"}'
UP = f"curl -s prometheus:9090/prometheus/api/v1/query --data-urlencode 'query={NOT_THE_API}'"
SECOND_WORKER = "jq 'select(.port == 8081).pid' $LABKIT_RUN_DIR/workers/*.json"


def jobs_up(lab: Lab) -> dict[str, str]:
    """Return what Prometheus finds up in the workspace: jobs by port."""
    found = json.loads(lab.sh("workspace", "sh", "-c", UP))["data"]["result"]
    return {
        series["metric"]["instance"].removeprefix("workspace:"): series["metric"]["job"]
        for series in found
        if series["metric"]["instance"].startswith("workspace:") and series["value"][1] == "1"
    }


def test_what_an_attendee_starts_besides_is_a_target_as_long_as_it_lives(restarted: Lab) -> None:
    old = replace(restarted, seat=replace(restarted.seat, new=False))
    workspace = old.containers["workspace"]
    old.sh("workspace", "lab", "start", "D1L1")
    for _ in range(2):
        workspace.exec_run(["lab", "worker", "D1L1"], detach=True)
    workspace.exec_run(["python", "-c", A_PROGRAM], detach=True)
    everything = {"8080": "worker", "8081": "worker", "8090": "workspace"}
    until(lambda: jobs_up(old) == everything, seconds=90)
    assert old.prove()["prometheus"].seen == "4 of 4 targets up"

    old.sh("workspace", "sh", "-c", f"kill -KILL $({SECOND_WORKER})")
    ended = time.monotonic()
    while "workspace:8081" in old.sh("workspace", "sh", "-c", UP):
        assert old.states() == {}, "what an attendee ends is nobody's failure"
        assert time.monotonic() - ended < 60
    assert jobs_up(old) == {"8080": "worker", "8090": "workspace"}


ENDLESS = """
import socket
door = socket.create_server(("", 8080))
while True:
    guest, _ = door.accept()
    try:
        guest.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
        while True:
            guest.sendall(b"x" * 65536)
    except OSError:
        guest.close()
"""


def test_a_worker_port_that_never_stops_talking_costs_the_probe_little(restarted: Lab) -> None:
    old = replace(restarted, seat=replace(restarted.seat, new=False))
    old.sh("workspace", *STOP_WELCOME)
    old.containers["workspace"].exec_run(["python", "-c", ENDLESS], detach=True)
    until(lambda: old.prove()["worker"].state is State.STOPPED, seconds=90)
    began = time.monotonic()
    assert old.states() == {"worker": State.STOPPED}
    assert time.monotonic() - began < 10


def test_a_seat_that_is_not_there_and_a_name_that_is_no_seat(lab: Lab) -> None:
    absent = replace(lab, seat=Seat("seat-08", "s08.localhost", key=key_of("seat-08"))).prove()
    assert absent["workspace"].seen == "seat-08: workspace did not answer"
    assert absent["temporal"].seen == "temporal did not answer the ingress"
    wrong = replace(lab, seat=Seat("seat-07", "s07.example.org")).prove()
    assert "the ingress knows no such" in wrong["workspace"].seen
    assert "the ingress knows no such" in wrong["temporal"].seen
    assert {wrong[c].state for c in COMPONENTS} == {State.FAILED, State.UNKNOWN}


def test_a_dead_ingress_is_one_failure_and_nothing_is_said_of_the_seats(healed: Lab) -> None:
    with stopped(healed.containers["ingress"]):
        results = healed.prove()
    failed = [name for name, r in results.items() if r.state is State.FAILED]
    assert failed == ["ingress"]
    assert "cannot connect to the ingress at 127.0.0.1" in results["ingress"].seen
    others = [r for name, r in results.items() if name != "ingress"]
    assert {(r.state, r.fix) for r in others} == {(State.UNKNOWN, "see ingress")}


@pytest.mark.parametrize("settle", [False, True])
def test_an_ingress_that_dies_on_the_way_is_the_failure(healed: Lab, settle: bool) -> None:
    with ExitStack() as stack:
        stack.enter_context(paused(healed.containers["temporal"]))
        death = Timer(1, healed.containers["ingress"].kill)
        death.start()
        stack.callback(healed.containers["ingress"].start)
        stack.callback(death.join)
        results = healed.prove(settle=settle, deadline=9)
    assert results["ingress"].state is State.FAILED
    assert results["temporal"].state is State.UNKNOWN


def test_the_deadline_cuts_off_what_is_open_and_keeps_what_was_seen(healed: Lab) -> None:
    with paused(healed.containers["temporal"]):
        began = time.monotonic()
        unseen = healed.prove(settle=True, deadline=2)
        assert time.monotonic() - began < 7, "before it is known what temporal has"
        seen = healed.prove(settle=True, deadline=8)
    assert (unseen["temporal"].state, unseen["temporal"].check) == (State.UNKNOWN, "deadline")
    assert (seen["temporal"].state, seen["temporal"].seen) == (
        State.FAILED,
        "no answer within 5 s",
    )
    assert unseen["workspace"].state is State.OK


def test_a_pass_can_be_cancelled_and_leaves_nothing_behind(healed: Lab) -> None:
    async def cancelled() -> set[asyncio.Task[object]]:
        before = asyncio.all_tasks()
        work = asyncio.create_task(
            prove(
                healed.front,
                [healed.seat],
                fresh=False,
                deadline=60,
                on_result=lambda _: None,
                settle=True,
            )
        )
        await asyncio.sleep(1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return asyncio.all_tasks() - before

    with paused(healed.containers["temporal"]):
        assert asyncio.run(cancelled()) == set()
