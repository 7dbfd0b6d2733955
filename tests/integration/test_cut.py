"""What cuts, on connections between two containers; and the proof that this kernel can do it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import docker
import pytest

from classroom.engine import cut as cutting
from classroom.engine.cut import cut, cuts_here, kernel_cuts
from classroom.engine.images import ensure_images
from classroom.engine.state import StateFolder
from classroom.errors import EngineError, KernelError
from classroom.plan import names
from classroom.spec.model import ClassFile, GrafanaPolicy
from tests.integration.conftest import ROOT

NAME, SEAT = "cwt-cut", "seat-01"
SUBNET = "10.239.1.0/24"
ANSWERS = ["caddy", "respond", "--listen", ":9000"]
HOLDS_OPEN = """
until exec 3<>/dev/tcp/{server}/9000; do sleep 0.1; done 2>/dev/null
exec sleep 300
"""
COUNT = f"ss --tcp --numeric --no-header state established dst {SUBNET} | wc -l"


@pytest.fixture(scope="module")
def image() -> str:
    class_file = ClassFile(grafana=GrafanaPolicy.OFF)
    return ensure_images(class_file, root=ROOT, progress=lambda _: None)["ingress"].tag


@pytest.fixture
def client() -> Iterator[docker.APIClient]:
    with closing(docker.APIClient(version="1.41")) as found:
        yield found


@pytest.fixture
def powerless(monkeypatch: pytest.MonkeyPatch) -> Iterator[docker.APIClient]:
    """Gives no capability: what is to be cut stays, as on a kernel that does not do it."""
    with closing(docker.APIClient(version="1.41")) as found:
        own = found.create_host_config
        without: dict[str, list[str]] = {"cap_add": []}
        monkeypatch.setattr(found, "create_host_config", lambda **keys: own(**keys | without))
        yield found


@pytest.fixture
def seat(client: docker.APIClient, image: str) -> Iterator[None]:
    """A seat that is a web server, and an ingress that holds one connection to it open."""
    network = names.prefix(NAME, SEAT)
    pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=SUBNET)])
    client.create_network(network, ipam=pool, labels=names.identity(NAME, SEAT))
    made = []

    def run(name: str, *command: str) -> str:
        made.append(
            client.create_container(
                image,
                name=name,
                entrypoint=list(command),
                labels=names.identity(NAME, SEAT, "test"),
                host_config=client.create_host_config(network_mode=network, init=True),
            )["Id"]
        )
        client.start(made[-1])
        found = client.inspect_container(made[-1])["NetworkSettings"]["Networks"][network]
        return str(found["IPAddress"])

    try:
        server = run(f"{network}-workspace", *ANSWERS)
        run(names.prefix(NAME, names.INGRESS), "bash", "-c", HOLDS_OPEN.format(server=server))
        for _ in range(100):
            if connections(client):
                break
        assert connections(client) == 1
        yield
    finally:
        for container in made:
            client.remove_container(container, force=True, v=True)
        client.remove_network(network)


def connections(client: docker.APIClient) -> int:
    """Return how many connections the ingress has open to the seat."""
    job = client.exec_create(names.prefix(NAME, names.INGRESS), ["bash", "-c", COUNT])["Id"]
    return int(client.exec_start(job))


def left_over(client: docker.APIClient) -> list[object]:
    wanted = {"label": [f"classroom.name={NAME}", f"classroom.component={names.CUTTER}"]}
    found: list[object] = client.containers(all=True, filters=wanted)
    return found


@pytest.mark.usefixtures("seat")
def test_what_is_open_is_ended_counted_and_the_cutter_gone(client: docker.APIClient) -> None:
    assert cut(client, NAME, SEAT) == 1
    assert connections(client) == 0
    assert cut(client, NAME, SEAT) == 0
    assert left_over(client) == []


@pytest.mark.usefixtures("seat")
def test_what_stays_open_is_a_failure_and_not_nothing(
    client: docker.APIClient, powerless: docker.APIClient
) -> None:
    with pytest.raises(KernelError, match="can't end open connections") as failed:
        cut(powerless, NAME, SEAT)
    assert failed.value.where == SEAT
    assert connections(client) == 1
    assert left_over(client) == []


@pytest.mark.usefixtures("seat")
def test_watch_and_a_command_may_cut_the_same_seat_at_once(client: docker.APIClient) -> None:
    def one(_: int) -> int:
        with closing(docker.APIClient(version="1.41")) as own:
            return cut(own, NAME, SEAT)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(one, range(4)))
    assert max(ended) == 1
    assert connections(client) == 0


@pytest.mark.usefixtures("seat")
def test_an_ingress_that_is_gone_took_its_connections_along(client: docker.APIClient) -> None:
    ingress = names.prefix(NAME, names.INGRESS)
    client.stop(ingress, timeout=0)
    assert cut(client, NAME, SEAT) == 0
    client.rename(ingress, f"{ingress}-gone")
    assert cut(client, NAME, SEAT) == 0


def test_a_seat_without_a_network_is_an_error(client: docker.APIClient) -> None:
    with pytest.raises(EngineError, match="no network"):
        cut(client, NAME, "seat-99")


def test_the_proof_tells_a_machine_that_can_from_one_that_cannot(
    client: docker.APIClient, powerless: docker.APIClient, image: str
) -> None:
    assert kernel_cuts(client, NAME, image)
    assert not kernel_cuts(powerless, NAME, image)
    assert left_over(client) == []


def test_it_is_tried_once_a_boot_and_again_until_it_succeeds(
    client: docker.APIClient,
    powerless: docker.APIClient,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = StateFolder(tmp_path, NAME)
    state.ensure()
    assert not cuts_here(powerless, NAME, image, state)
    assert cuts_here(client, NAME, image, state), "what failed once is tried again"
    assert cuts_here(powerless, NAME, image, state), "what was proven is not tried again"
    boot = tmp_path / "boot_id"
    boot.write_text("another kernel, perhaps")
    monkeypatch.setattr(cutting, "_BOOT", boot)
    assert not cuts_here(powerless, NAME, image, state), "another boot, another kernel"
