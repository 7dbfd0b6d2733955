"""The ingress as it will run, in front of real containers: which address leads where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import grpc
import httpx
import pytest
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import Mount
from grpc_health.v1 import health_pb2, health_pb2_grpc

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy, ImagePolicy

ROOT = Path(__file__).parents[2]
CLASSROOM = "imgtest"
DOMAIN = "class.example.org"
SEAT = f"s07.{DOMAIN}"
HTTP = httpx.Client()
PORTS = (8000, 7233, 8233, 8080)

# Answers on every port of a seat with who it is, the port and the path that it was asked for.
ECHO = """
{
	admin off
	auto_https off
}
:3000, :7243, :8080, :8233, :8888, :9090, :9233 {
	respond "{$COMPONENT} {http.request.local.port} {http.request.uri} {http.request.host}"
}
"""

Run = Callable[..., Container]


@pytest.fixture(scope="module")
def images() -> Images:
    class_file = ClassFile(images=ImagePolicy.BUILD, grafana=GrafanaPolicy.OFF)
    return ensure_images(class_file, root=ROOT, progress=print)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    client = docker.from_env()
    network = client.networks.create(CLASSROOM, driver="bridge")
    yield network
    network.remove()


@pytest.fixture(scope="module")
def run(network: Network) -> Iterator[Run]:
    client = docker.from_env()
    started: list[Container] = []

    def start(image: str, name: str, **options: object) -> Container:
        container = client.containers.create(
            image,
            name=name,
            network=network.name,
            init=True,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "noexec,size=64m"},  # noqa: S108 - the container's own
            **options,  # type: ignore[arg-type] # passed on as they are
        )
        started.append(container)
        container.start()
        container.reload()
        return container

    yield start
    for container in started:
        container.remove(force=True, v=True)


@pytest.fixture(scope="module")
def ingress(images: Images, run: Run) -> Container:
    for component in ("temporal", "prometheus", "grafana", "workspace"):
        run(
            images["ingress"].tag,
            f"{CLASSROOM}-seat-07-{component}",
            entrypoint=[
                "sh",
                "-c",
                'printf %s "$ECHO" | caddy run --adapter caddyfile --config -',
            ],
            environment={"ECHO": ECHO, "COMPONENT": component},
        )
    data = Mount("/data", None)
    run(images["temporal"].tag, f"{CLASSROOM}-seat-254-temporal", mounts=[data])
    container = run(
        images["ingress"].tag,
        f"{CLASSROOM}-ingress",
        environment={"CLASSROOM": CLASSROOM, "DOMAIN": DOMAIN},
        sysctls={"net.ipv4.ip_forward": "0"},
    )
    until(lambda: get(container, 8000, "/healthz", f"ingress.{DOMAIN}").status_code == 200)
    until(
        lambda: all(get(container, 8000, p, SEAT).is_success for p in ("/temporal/", "/grafana/"))
    )
    return container


def address(container: Container, port: int) -> str:
    return f"{container.attrs['NetworkSettings']['Networks'][CLASSROOM]['IPAddress']}:{port}"


def get(container: Container, port: int, path: str, host: str) -> httpx.Response:
    return HTTP.get(f"http://{address(container, port)}{path}", headers={"Host": host})


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s")


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
@pytest.mark.parametrize("host", [SEAT, f"{SEAT}:8000"])
def test_an_address_leads_to_its_component(
    ingress: Container, port: int, path: str, upstream: str, host: str
) -> None:
    answer = get(ingress, port, path, host)
    assert (answer.status_code, answer.text) == (200, f"{upstream} {SEAT}")


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
    ingress: Container, port: int, path: str, location: str
) -> None:
    answer = get(ingress, port, path, SEAT)
    assert (answer.status_code, answer.headers["Location"]) == (308, location)


@pytest.mark.parametrize(
    ("port", "path"),
    [(8000, "/other"), (8000, "/metrics"), (7233, "/"), (7233, "/temporal/"), (8080, "/")],
)
def test_any_other_path_is_not_found(ingress: Container, port: int, path: str) -> None:
    answer = get(ingress, port, path, SEAT)
    assert (answer.status_code, answer.text) == (404, "")


def test_the_home_page_links_to_everything(ingress: Container) -> None:
    answer = get(ingress, 8000, "/", SEAT)
    assert answer.headers["Content-Type"].startswith("text/html")
    for link in ("/workspace/", "/temporal/", "/grafana/", "/prometheus/", "/metrics/worker"):
        assert f'href="{link}"' in answer.text


@pytest.mark.parametrize(
    "host",
    [
        DOMAIN,
        f"s7.{DOMAIN}",
        f"s00.{DOMAIN}",
        f"s007.{DOMAIN}",
        f"s255.{DOMAIN}",
        f"xs07.{DOMAIN}",
        f"s07.{DOMAIN}.",
        f"s07.{DOMAIN}.evil.example",
        "s07.classXexample.org",
        "s07.localhost",
        f"ingress.{DOMAIN}.evil.example",
    ],
)
@pytest.mark.parametrize("port", PORTS)
def test_a_host_that_is_no_seat_gets_nothing(ingress: Container, host: str, port: int) -> None:
    for path in ("/", "/temporal/", "/metrics", "/healthz", "/api/v1/namespaces"):
        answer = get(ingress, port, path, host)
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
    ingress: Container, port: int, path: str, component: str
) -> None:
    answer = get(ingress, port, path, f"s42.{DOMAIN}")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"seat-42: {component} did not answer")


@pytest.mark.parametrize("port", [8000, 7233])
def test_grpc_goes_to_temporal_on_the_one_port(ingress: Container, port: int) -> None:
    assert serving(ingress, port, f"s254.{DOMAIN}") == health_pb2.HealthCheckResponse.SERVING
    assert get(ingress, 7233, "/metrics", f"s254.{DOMAIN}").text.startswith("# HELP")
    assert "/temporal" in get(ingress, 8000, "/temporal/", f"s254.{DOMAIN}").text


@pytest.mark.parametrize(
    ("host", "code"),
    [
        (f"s42.{DOMAIN}", grpc.StatusCode.UNAVAILABLE),
        (f"s42.{DOMAIN}.evil.example", grpc.StatusCode.UNIMPLEMENTED),
    ],
)
def test_grpc_clients_understand_the_refusals(
    ingress: Container, host: str, code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        serving(ingress, 8000, host)
    assert error.value.code() is code


def serving(ingress: Container, port: int, host: str) -> int:
    options = [("grpc.default_authority", host)]
    with grpc.insecure_channel(address(ingress, port), options=options) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the stubs do not know its methods
        request = health_pb2.HealthCheckRequest(
            service="temporal.api.workflowservice.v1.WorkflowService"
        )
        return int(stub.Check(request, timeout=10).status)


def test_a_crashed_caddy_is_back_while_the_container_stays(ingress: Container) -> None:
    before = ingress.attrs["State"]["StartedAt"]
    ingress.exec_run(["sh", "-c", "kill -KILL $(pidof caddy)"])
    until(lambda: get(ingress, 8000, "/temporal/", SEAT).is_success, seconds=5)
    ingress.reload()
    assert ingress.attrs["State"]["StartedAt"] == before
    assert "Caddy ended with status 137, starting it again" in ingress.logs().decode()


def test_the_admin_api_is_off_and_nothing_else_listens(ingress: Container) -> None:
    _, listening = ingress.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
    assert isinstance(listening, bytes)
    rows = [line.split() for line in listening.decode().splitlines() if ":" in line]
    ports = {
        int(row[1].rpartition(":")[2], 16)
        for row in rows
        # Docker's own DNS listens in every container, on 127.0.0.11.
        if row[3] == "0A" and not row[1].startswith("0B00007F")
    }
    assert ports == set(PORTS)


def test_it_stops_when_it_is_told_to(images: Images, run: Run) -> None:
    container = run(images["ingress"].tag, f"{CLASSROOM}-stopping")
    until(lambda: get(container, 8000, "/healthz", "ingress.localhost").is_success)
    begun = time.monotonic()
    container.stop(timeout=9)
    assert time.monotonic() - begun < 5
    assert container.wait()["StatusCode"] == 0
