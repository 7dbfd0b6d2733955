"""Further components of a seat, beside a workspace and its server, and how they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import docker
import httpx
from docker.models.containers import Container

from classroom.engine.images import Images
from tests.scrape import configuration
from tests.tar import tar_of
from tests.workspace import SEAT, Workspace, address, until


@contextmanager
def beside(
    workspace: Workspace, tags: Images, component: str, files: Mapping[str, str]
) -> Iterator[Container]:
    """Give a component on the workspace's network, where it is called as on a seat.

    Files are by their paths, in folders that are there and belong to the seat's user.
    """
    client = docker.from_env()
    workspace.container.reload()
    (name,) = workspace.container.attrs["NetworkSettings"]["Networks"]
    network = client.networks.get(name)
    container = client.containers.create(
        tags[component].tag, name=f"{name}-{component}", network=name, init=True
    )
    try:
        network.disconnect(container)
        network.connect(container, aliases=[component])
        for path, text in files.items():
            folder, _, file = path.rpartition("/")
            assert container.put_archive(folder, tar_of({file: text}))
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)


@contextmanager
def prometheus_beside(workspace: Workspace, tags: Images) -> Iterator[Container]:
    """Give a Prometheus that scrapes the server and the workspace, and concludes, as a seat's."""
    config = configuration(seat=SEAT.name)
    files = {
        "/etc/prometheus/prometheus.yml": config.replace("workspace:", f"{_host(workspace)}:"),
    }
    with beside(workspace, tags, "prometheus", files) as container:
        until(lambda: asked(container, "up"), "it scrapes", lambda: container.logs()[-2000:])
        yield container


def _host(workspace: Workspace) -> str:
    return str(workspace.container.name)


def answers(url: str) -> bool:
    """Tell whether somebody answers at an address."""
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def series(prometheus: Container, query: str) -> list[dict[str, Any]]:
    """Return what an expression finds now, each with its labels; nothing while nobody answers."""
    url = f"http://{address(prometheus)}:9090/prometheus/api/v1/query"
    try:
        answer = httpx.get(url, params={"query": query}).json()
    except (httpx.TransportError, ValueError):
        return []
    assert answer["status"] == "success", answer
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def asked(prometheus: Container, query: str) -> list[float]:
    """Return the values that an expression has now."""
    return [float(one["value"][1]) for one in series(prometheus, query)]
