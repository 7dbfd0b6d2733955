"""A seat's servers, each from its image alone: what is in it must work before anything is added."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import Mount

from classroom.engine.images import Images, ensure_images
from classroom.spec.model import ClassFile, GrafanaPolicy, ImagePolicy

ROOT = Path(__file__).parents[2]
NAME = "cwt-parts"
HTTP = httpx.Client(timeout=60)
TARBALL = os.environ.get("GRAFANA", "")

PROMETHEUS = """
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: itself
    metrics_path: /prometheus/metrics
    static_configs: [{targets: ["localhost:9090"]}]
"""


@pytest.fixture(scope="module")
def images() -> Images:
    class_file = ClassFile(
        images=ImagePolicy.BUILD,
        grafana=GrafanaPolicy.REQUIRED if TARBALL else GrafanaPolicy.OFF,
        grafana_tarball=Path(TARBALL) if TARBALL else None,
    )
    return ensure_images(class_file, root=ROOT, progress=print)


@pytest.fixture
def network() -> Iterator[Network]:
    network = docker.from_env().networks.create(NAME, driver="bridge")
    yield network
    network.remove()


Make = Callable[..., Container]


@pytest.fixture
def make(images: Images, network: Network) -> Iterator[Make]:
    """Create a component's container as a classroom does; its volumes go with the test."""
    client = docker.from_env()
    made: list[Container] = []
    volumes = []

    def create(
        component: str, mounts: tuple[str, ...] = ("/data",), **environment: str
    ) -> Container:
        named = [client.volumes.create(f"{NAME}-{component}-{i}") for i, _ in enumerate(mounts)]
        volumes.extend(named)
        container = client.containers.create(
            images[component].tag,
            name=f"{NAME}-{component}",
            hostname=component,
            networking_config={NAME: client.api.create_endpoint_config(aliases=[component])},
            network=NAME,
            mounts=[Mount(path, v.name) for path, v in zip(mounts, named, strict=True)],
            environment=environment,
            init=True,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "noexec,size=64m"},  # noqa: S108 - the container's own
        )
        made.append(container)
        return container

    yield create
    for container in made:
        container.remove(force=True)
    for volume in volumes:
        volume.remove()


def put(container: Container, folder: str, name: str, text: str) -> None:
    """Put a file of uid 10001, mode 0600, into a volume of a container that has not started."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.uid, info.gid = len(text), 0o600, 10001, 10001
        tar.addfile(info, io.BytesIO(text.encode()))
    assert container.put_archive(folder, stream.getvalue())


def url(container: Container, port: int) -> str:
    container.reload()
    return f"http://{container.attrs['NetworkSettings']['Networks'][NAME]['IPAddress']}:{port}"


def fetched(address: Callable[[], str], seconds: float = 60) -> dict[str, Any]:
    """Return the JSON that an address answers with, as soon as it does."""
    deadline = time.monotonic() + seconds
    seen: object = None
    while time.monotonic() < deadline:
        try:
            answer = HTTP.get(address())
            seen = answer.text
            if answer.is_success:
                found: dict[str, Any] = answer.json()
                return found
        except httpx.TransportError as error:
            seen = error
        time.sleep(0.1)
    pytest.fail(f"nothing from {address()} within {seconds} s: {seen}")


def test_every_image_says_what_it_is_and_runs_as_the_seats_user(images: Images) -> None:
    client = docker.from_env()
    for component, ref in images.refs.items():
        config = client.images.get(ref.tag).attrs["Config"]
        labels = {key: value for key, value in config["Labels"].items() if "classroom." in key}
        assert labels == {
            "classroom.component": component,
            "classroom.version": ref.version,
            "classroom.source": ref.source,
        }
        assert ref.version[0].isdigit()
        assert ref.source
        assert config.get("Healthcheck") is None
        uid = client.containers.run(
            ref.tag, entrypoint=["id", "-u"], remove=True, network_disabled=True
        )
        assert uid == b"10001\n"


def test_a_fresh_temporal_has_both_namespaces_and_thirty_days(make: Make) -> None:
    server = make("temporal")
    server.start()
    for namespace in ("default", "probe"):
        found = fetched(lambda n=namespace: f"{url(server, 7243)}/api/v1/namespaces/{n}")  # type: ignore[misc] # bound in the loop
        assert found["config"]["workflowExecutionRetentionTtl"] == "2592000s"  # 720 h
    page = HTTP.get(f"{url(server, 8233)}/temporal/", follow_redirects=True).text
    assert "/temporal/" in page
    settings = fetched(lambda: f"{url(server, 8233)}/temporal/api/v1/settings")
    assert settings["DisableNewsFetch"] is True
    assert HTTP.get(f"{url(server, 9233)}/metrics").text.startswith("# HELP")


def test_a_workflow_outlives_a_killed_temporal(make: Make) -> None:
    server = make("temporal")
    server.start()
    path = "/api/v1/namespaces/default/workflows/kept"
    fetched(lambda: f"{url(server, 7243)}/api/v1/namespaces/default")
    body = {"workflowType": {"name": "Kept"}, "taskQueue": {"name": "nobody"}}
    assert HTTP.post(f"{url(server, 7243)}{path}", json=body).is_success
    server.kill("SIGKILL")
    server.wait()
    server.start()
    found = fetched(lambda: f"{url(server, 7243)}{path}")
    assert found["workflowExecutionInfo"]["status"] == "WORKFLOW_EXECUTION_STATUS_RUNNING"
    namespace = fetched(lambda: f"{url(server, 7243)}/api/v1/namespaces/default")
    assert namespace["config"]["workflowExecutionRetentionTtl"] == "2592000s"


def test_prometheus_serves_under_its_path_and_keeps_seven_days(make: Make) -> None:
    server = make(
        "prometheus", ("/data", "/etc/prometheus"), EXTERNAL_URL="http://s07.localhost/prometheus/"
    )
    put(server, "/etc/prometheus", "prometheus.yml", PROMETHEUS)
    server.start()
    base = "/prometheus/api/v1"
    flags = fetched(lambda: f"{url(server, 9090)}{base}/status/flags")["data"]
    assert flags["storage.tsdb.retention.time"] == "1w"
    assert flags["storage.tsdb.retention.size"] == "256MiB"
    assert flags["web.external-url"] == "http://s07.localhost/prometheus/"
    assert flags["web.enable-lifecycle"] == flags["web.enable-admin-api"] == "false"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        query = f"{url(server, 9090)}{base}/query?query=up"
        found = fetched(lambda q=query: q)["data"]["result"]  # type: ignore[misc] # bound in the loop
        if found:
            assert found[0]["value"][1] == "1"
            return
        time.sleep(0.5)
    pytest.fail("no sample within 30 s")


@pytest.mark.skipif(not TARBALL, reason="no tarball: GRAFANA=/path/to/grafana-….tar.gz")
def test_grafana_is_the_attendees_and_its_administrator_the_seats(make: Make) -> None:
    server = make("grafana", ("/data", "/etc/classroom"))
    put(server, "/etc/classroom", "admin-password", "seat-07-only")
    server.start()
    health = fetched(lambda: f"{url(server, 3000)}/grafana/api/health")
    assert health["database"] == "ok"
    api = f"{url(server, 3000)}/grafana/api"

    source = fetched(lambda: f"{api}/datasources/uid/prometheus")
    assert source["url"] == "http://prometheus:9090/prometheus"
    assert (source["isDefault"], source["jsonData"]["timeInterval"]) == (True, "5s")
    saved = HTTP.post(f"{api}/dashboards/db", json={"dashboard": {"title": "mine", "panels": []}})
    assert saved.status_code == 200, saved.text

    def administrator(password: str) -> int:
        return HTTP.get(f"{api}/admin/stats", auth=("admin", password)).status_code

    assert administrator("seat-07-only") == 200
    assert administrator("admin") != 200

    shipped = [path.stem for path in (ROOT / "dashboards").glob("*.json")]
    found = HTTP.get(f"{api}/search?type=dash-db").json()
    assert len(found) == len(shipped) + 1
