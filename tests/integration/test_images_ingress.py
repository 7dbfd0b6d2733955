"""The ingress as it will run, in front of real containers: which address leads where."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from docker.models.containers import Container
from grpc_health.v1 import health_pb2, health_pb2_grpc

from classroom.probe.wire import SERVICE
from classroom.spec import keys
from tests.integration.front_door import (
    CLASSROOM,
    DOMAIN,
    INNER,
    OPERATOR,
    PORTS,
    SIGNING_KEY,
    Door,
    Stand,
    address,
    bearer,
    host,
    received,
    seat_key,
    stand,
    told,
    until,
)

SEAT = host(7)
KEY = seat_key(7)
OUTDATED = bearer(keys.api_key(SIGNING_KEY, "seat-254", 1))


@pytest.fixture(scope="module")
def room() -> Iterator[Stand]:
    with stand() as room:
        room.temporal(254)
        yield room


@pytest.fixture(scope="module")
def door(room: Stand) -> Door:
    return room.open()


@pytest.mark.parametrize(
    ("port", "path", "upstream"),
    [
        (8000, "/temporal/namespaces?a=b", "temporal 8233 /temporal/namespaces?a=b"),
        (8000, "/api/v1/namespaces", "temporal 7243 /api/v1/namespaces"),
        (8000, "/grafana/api/health", "grafana 3000 /grafana/api/health"),
        (
            8000,
            "/prometheus/api/v1/query?query=up",
            "prometheus 9090 /prometheus/api/v1/query?query=up",
        ),
        (8000, "/workspace/lab", "workspace 8888 /workspace/lab"),
        (8000, "/metrics/server", "temporal 9233 /metrics"),
        (8000, "/metrics/worker", "workspace 8080 /metrics"),
        (7233, "/metrics", "temporal 9233 /metrics"),
        (7233, "/api/v1/namespaces", "temporal 7243 /api/v1/namespaces"),
        (8233, "/temporal/", "temporal 8233 /temporal/"),
        (8233, "/_app/x.js", "temporal 8233 /_app/x.js"),
        (8080, "/metrics", "workspace 8080 /metrics"),
    ],
)
@pytest.mark.parametrize("name", [SEAT, f"{SEAT}:8000"])
def test_an_address_leads_to_its_component(
    door: Door, port: int, path: str, upstream: str, name: str
) -> None:
    asked = told(door.ask(name, path, port=port, headers=KEY))
    assert f"{asked['component']} {asked['port']} {asked['uri']}" == upstream
    assert ["host", name] in asked["headers"]


@pytest.mark.parametrize(
    ("port", "path", "location"),
    [
        (8233, "/", "/temporal/"),
        (8000, "/temporal", "/temporal/"),
        (8000, "/workspace", "/workspace/"),
        (8000, "/grafana", "/grafana/"),
        (8000, "/prometheus", "/prometheus/"),
    ],
)
def test_a_folder_without_its_slash_is_sent_on(
    door: Door, port: int, path: str, location: str
) -> None:
    answer = door.ask(SEAT, path, port=port, headers=KEY)
    assert (answer.status_code, answer.headers["Location"]) == (308, location)


@pytest.mark.parametrize(
    ("port", "path"),
    [(8000, "/other"), (8000, "/metrics"), (7233, "/"), (7233, "/temporal/"), (8080, "/")],
)
def test_any_other_path_is_not_found(door: Door, port: int, path: str) -> None:
    answer = door.ask(SEAT, path, port=port, headers=KEY)
    assert (answer.status_code, answer.text) == (404, "")


@pytest.mark.parametrize("path", ["/", "/claim", "/static/base.css"])
def test_a_seats_own_pages_are_the_portals(door: Door, path: str) -> None:
    answer = door.ask(SEAT, path, headers={"Accept": "text/html"})
    assert answer.status_code in (200, 303)
    assert "Content-Security-Policy" in answer.headers


def test_the_classrooms_own_sites_are_the_portals(door: Door) -> None:
    assert door.ask(DOMAIN).headers["Content-Type"].startswith("text/html")
    assert door.ask(f"portal.{DOMAIN}", "/operator/seats").status_code == 401
    assert "Via" in door.ask(f"console.{DOMAIN}").headers


@pytest.fixture(
    scope="module", params=["workspace/static/lab/main", "temporal/_app/immutable/entry/start"]
)
def script(request: pytest.FixtureRequest, door: Door) -> str:
    """Return the path of the script that JupyterLab or the Temporal UI begins with."""
    listing = ["sh", "-c", f"cd /opt/classroom/pages && ls {request.param}.*.js"]
    _, listed = door.container.exec_run(listing)
    assert isinstance(listed, bytes)
    (path,) = listed.decode().split()
    return f"/{path}"


@pytest.mark.parametrize("port", [8000, 8233])
def test_the_pages_own_files_are_the_ingresss(door: Door, script: str, port: int) -> None:
    answers = {
        coding: door.ask(
            SEAT, f"{script}?v=1", port=port, headers={**KEY, "Accept-Encoding": coding}
        )
        for coding in ("gzip", "identity")
    }
    for coding, answer in answers.items():
        assert answer.status_code == 200
        assert answer.headers.get("Content-Encoding", "identity") == coding
        assert "Via" not in answer.headers
        assert "immutable" in answer.headers["Cache-Control"]
    assert len({answer.content for answer in answers.values()}) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/workspace/static/lab/0123456789abcdef.js", 200),
        ("/workspace/static/lab/", 200),
        ("/workspace/static/lab/../../../Caddyfile", 404),
        ("/temporal/_app/immutable/chunks/01234567.js", 200),
        ("/temporal/_app/immutable/", 200),
    ],
)
def test_any_other_file_of_the_pages_is_the_seats(door: Door, path: str, status: int) -> None:
    assert door.raw(SEAT, path, headers=KEY).startswith(f"HTTP/1.1 {status} ")


def test_the_pages_files_are_read_by_whom_a_seat_belongs_to(door: Door, script: str) -> None:
    assert door.ask(SEAT, script).status_code == 401
    assert told(door.ask(SEAT, script, method="POST", headers=KEY))["port"] in (8233, 8888)
    assert "Via" in door.ask(DOMAIN, script, headers=KEY).headers
    assert door.ask(SEAT, script, port=8080, headers=KEY).status_code == 404


HIDDEN = (
    *("/internal/access", "/internal", "/internal/", "//internal/access", "/Internal/Access"),
    *("/%69nternal/access", "/./internal/access", "/static/../internal/access"),
    *("/home/%2e%2e/internal/access", "/static/..%2finternal/access", "/claim/../internal/access"),
)


@pytest.mark.parametrize("path", HIDDEN)
@pytest.mark.parametrize("name", [SEAT, DOMAIN, f"console.{DOMAIN}", f"portal.{DOMAIN}"])
def test_nobody_asks_the_portal_in_the_ingresss_place(door: Door, name: str, path: str) -> None:
    answer = door.raw(name, path, headers=KEY)
    assert answer.startswith("HTTP/1.1 404 "), answer
    # Not even passed on: what the portal answers goes by the ingress and says so.
    assert "\r\nVia:" not in answer


@pytest.mark.parametrize(
    "name",
    [
        f"s7.{DOMAIN}",
        f"s00.{DOMAIN}",
        f"s007.{DOMAIN}",
        f"s255.{DOMAIN}",
        f"xs07.{DOMAIN}",
        f"s07.{DOMAIN}.",
        f"s07.{DOMAIN}.evil.example",
        "s07.classXexample.org",
        "s07.localhost",
        f"{DOMAIN}.evil.example",
        f"ingress.{DOMAIN}.evil.example",
        f"console.{DOMAIN}.evil.example",
    ],
)
@pytest.mark.parametrize("port", PORTS)
def test_a_host_that_is_none_of_ours_gets_nothing(door: Door, name: str, port: int) -> None:
    for path in ("/", "/temporal/", "/metrics", "/healthz", "/api/v1/namespaces"):
        answer = door.ask(name, path, port=port, headers=KEY)
        assert (answer.status_code, answer.text) == (404, ""), path


@pytest.mark.parametrize(
    ("port", "path", "component"),
    [
        (8000, "/temporal/", "temporal"),
        (8000, "/grafana/", "grafana"),
        (8000, "/prometheus/", "prometheus"),
        (8000, "/metrics/worker", "workspace"),
        (7233, "/metrics", "temporal"),
        (8233, "/temporal/", "temporal"),
        (8080, "/metrics", "workspace"),
    ],
)
def test_a_component_that_does_not_answer_is_named(
    door: Door, port: int, path: str, component: str
) -> None:
    answer = door.ask(host(42), path, port=port, headers=seat_key(42))
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"seat-42: {component} did not answer")


@pytest.mark.parametrize("port", [8000, 7233])
def test_grpc_goes_to_temporal_on_the_one_port(door: Door, port: int) -> None:
    assert serving(door, port, host(254), seat_key(254)) == health_pb2.HealthCheckResponse.SERVING
    answer = door.ask(host(254), "/metrics", port=7233, headers=seat_key(254))
    assert answer.text.startswith("# HELP")


@pytest.mark.parametrize(
    ("seat", "key", "code"),
    [
        (host(254), {}, grpc.StatusCode.UNAUTHENTICATED),
        (host(254), bearer("tk-254-nonsense"), grpc.StatusCode.UNAUTHENTICATED),
        (host(254), seat_key(7), grpc.StatusCode.PERMISSION_DENIED),
        (
            host(254),
            OUTDATED,
            grpc.StatusCode.UNAUTHENTICATED,
        ),
        (host(42), seat_key(42), grpc.StatusCode.UNAVAILABLE),
        (f"{host(254)}.evil.example", seat_key(254), grpc.StatusCode.UNIMPLEMENTED),
    ],
)
@pytest.mark.parametrize("port", [8000, 7233])
def test_grpc_clients_understand_the_refusals(
    door: Door, port: int, seat: str, key: dict[str, str], code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        serving(door, port, seat, key)
    assert error.value.code() is code


def serving(door: Door, port: int, seat: str, key: dict[str, str]) -> int:
    options = [("grpc.default_authority", seat)]
    metadata = [(name.lower(), value) for name, value in key.items()]
    with grpc.insecure_channel(address(door.container, port), options=options) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the stubs do not know its methods
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        return int(stub.Check(request, metadata=metadata, timeout=10).status)


def test_a_crashed_caddy_is_back_while_the_container_stays(door: Door) -> None:
    ingress = door.container
    before = ingress.attrs["State"]["StartedAt"]
    ingress.exec_run(["sh", "-c", "kill -KILL $(pidof caddy)"])
    until(lambda: door.ask(SEAT, "/temporal/", headers=KEY).is_success, seconds=5)
    ingress.reload()
    assert ingress.attrs["State"]["StartedAt"] == before
    assert "Caddy ended with status 137, starting it again" in ingress.logs().decode()


def test_a_killed_caddy_forgets_no_session_and_its_websockets_open_again(door: Door) -> None:
    cookie, kernels = door.claim(7), "/workspace/api/kernels/1/channels"
    with door.opened(SEAT, kernels, headers=cookie) as line:
        door.container.exec_run(["sh", "-c", "kill -KILL $(pidof caddy)"])
        assert received(line) == b"", "its websocket ends at once, for the page to open it again"
    until(lambda: " 101 " in door.websocket(SEAT, kernels, headers=cookie))


def test_a_killed_portal_forgets_no_claim_and_cuts_no_websocket(room: Stand, door: Door) -> None:
    portal: Container = room.client.containers.get(f"{CLASSROOM}-ingress-portal")
    cookie, key = door.claim(7), door.api_key(7)
    with door.opened(SEAT, "/workspace/api/kernels/1/channels", headers=cookie) as line:
        portal.kill("SIGKILL")
        line.sendall(b"still there")
        assert line.recv(100) == b"still there"
        assert door.ask(SEAT, "/workspace/lab", headers=cookie).status_code == 502
        portal.start()
        until(lambda: door.ask(SEAT, "/workspace/lab", headers=cookie).is_success)
        line.sendall(b"and now")
        assert line.recv(100) == b"and now"
    assert door.ask(SEAT, "/temporal/", headers=key).is_success
    door.claim(42)


@pytest.mark.parametrize(
    ("name", "path", "method"),
    [
        (DOMAIN, "/", "POST"),
        (SEAT, "/claim", "POST"),
        (f"console.{DOMAIN}", "/login", "POST"),
        (f"portal.{DOMAIN}", "/operator/seats", "PUT"),
    ],
)
def test_an_oversize_upload_is_a_clear_413(door: Door, name: str, path: str, method: str) -> None:
    answer = door.ask(name, path, method=method, headers=OPERATOR, content=b"x" * (32 << 20))
    assert answer.status_code == 413
    assert "larger than" in answer.text
    assert "Traceback" not in answer.text
    assert door.claim(7)


def test_the_admin_api_is_off_and_nothing_else_listens(door: Door) -> None:
    _, listening = door.container.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
    assert isinstance(listening, bytes)
    rows = [line.split() for line in listening.decode().splitlines() if ":" in line]
    ports = {
        int(row[1].rpartition(":")[2], 16)
        for row in rows
        # Docker's own DNS listens in every container, on 127.0.0.11.
        if row[3] == "0A" and not row[1].startswith("0B00007F")
    }
    assert ports == {*PORTS, INNER}


def test_without_the_portal_nobody_passes_and_the_ingress_says_who_is_missing(
    room: Stand, door: Door
) -> None:
    portal: Container = room.client.containers.get(f"{door.container.name}-portal")
    portal.pause()  # it hangs: worse than being gone
    try:
        assert door.alive()
        begun = time.monotonic()
        for port in PORTS:
            answer = door.ask(SEAT, "/metrics", port=port, headers=KEY)
            assert answer.status_code == 502
            assert answer.text.startswith("the portal did not answer.")
        assert time.monotonic() - begun < 6 * len(PORTS)
    finally:
        portal.unpause()
    until(lambda: door.ask(SEAT, "/temporal/", headers=KEY).is_success)


def test_it_stops_when_it_is_told_to(room: Stand) -> None:
    container = room.ingress("stopping")
    until(Door(container).alive)
    begun = time.monotonic()
    container.stop(timeout=9)
    assert time.monotonic() - begun < 5
    assert container.wait()["StatusCode"] == 0
