"""The class Prometheus of a real room: what it reads, by which way, and what a silent seat is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import yaml

from classroom.spec import keys
from classroom.watch.passes import PASS_SECONDS
from tests.integration.conftest import ROOT, Room, RoomFactory

NAME = "cwt-klass"
SEAT, SIBLING = "seat-01", "seat-02"
SCRAPE_SECONDS = 30
INNER = 8002


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Iterator[Room]:
    room = make_room(NAME, "10.246.0.0/16", seats=2)
    room.run("provision")
    yield room
    room.run("teardown", "--no-collect", "--confirm")


def address(room: Room, container: str) -> str:
    networks = room.client.inspect_container(container)["NetworkSettings"]["Networks"]
    found: str = networks[f"{NAME}-ingress"]["IPAddress"]
    return found


def query(room: Room, expression: str) -> dict[tuple[str, ...], float]:
    """Return seat, and what else the expression keeps, -> value."""
    at = f"http://{address(room, f'{NAME}-ingress-prometheus')}:9090/prometheus/api/v1/query"
    answer = httpx.get(at, params={"query": expression}, trust_env=False).json()
    assert answer["status"] == "success", answer
    left_out = {"__name__", "job", "instance"}
    return {
        tuple(value for key, value in sorted(one["metric"].items()) if key not in left_out): float(
            one["value"][1]
        )
        for one in answer["data"]["result"]
    }


def until(what: str, holds: Callable[[], object], seconds: float = 3 * SCRAPE_SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"waited {seconds:.0f} s for: {what}"
        time.sleep(1)


@contextmanager
def stopped(room: Room, container: str) -> Iterator[None]:
    room.unwatch()
    room.client.stop(container, timeout=2)
    try:
        yield
    finally:
        room.client.start(container)
        room.run("provision")


def of_both(value: float) -> dict[tuple[str, ...], float]:
    return {(SEAT,): value, (SIBLING,): value}


def rules() -> list[dict[str, Any]]:
    text = (ROOT / "prometheus" / "federated.rules.yml").read_text()
    found: list[dict[str, Any]] = yaml.safe_load(text)["groups"][0]["rules"]
    return found


def test_every_seat_is_read_and_all_that_is_worked_out_for_it(room: Room) -> None:
    until("both seats", lambda: query(room, 'up{job="seats"}') == of_both(1))
    everything = 'count by (seat) ({__name__=~"seat:.+"})'
    until("all of them", lambda: query(room, everything) == of_both(len(rules())))
    # Provision's own proof was a workflow in each seat.
    assert query(room, "seat:workflows_started:total") == of_both(1)
    completed = 'seat:workflows_ended:total{outcome="completed"}'
    assert set(query(room, completed).values()) == {1.0}
    assert query(room, "seat:temporal:up") == of_both(1)
    assert query(room, "seat:worker:up") == of_both(1)
    samples = query(room, 'scrape_samples_scraped{job="seats"}')
    assert set(samples.values()) == {float(len(rules()))}


def test_it_has_what_the_classroom_measures_of_itself(room: Room) -> None:
    until("what watch saw", lambda: query(room, "classroom_component_state"), 4 * PASS_SECONDS)
    health = room.json("health")
    states = 'sum by (state) (classroom_component_state{state!=""})'
    until(
        "the same as in make health",
        lambda: (
            {state: int(n) for (state,), n in query(room, states).items()}
            == health["summary"]["states"]
        ),
        4 * PASS_SECONDS,
    )
    assert query(room, 'classroom_container_memory_bytes{seat="ingress"}').keys() >= {
        (component, "ingress") for component in ("ingress", "portal", "prometheus")
    }
    assert query(room, 'classroom_portal_answers_total{site="access"}')


def test_a_seat_whose_prometheus_is_down_is_unknown_and_not_zero(room: Room) -> None:
    until("both seats", lambda: query(room, "seat:temporal:up") == of_both(1))
    with stopped(room, f"{NAME}-{SEAT}-prometheus"):
        until("a gap", lambda: query(room, "seat:temporal:up") == {(SIBLING,): 1})
        assert set(query(room, '{__name__=~"seat:.+",seat="seat-01"}')) == set()
        assert query(room, 'up{job="seats"}') == {(SEAT,): 0, (SIBLING,): 1}
    until("its return", lambda: query(room, "seat:temporal:up") == of_both(1))


def test_the_key_is_in_its_file_and_nowhere_else(room: Room) -> None:
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    key = keys.metrics_key(signing)
    described = json.dumps(room.client.inspect_container(f"{NAME}-ingress-prometheus"))
    assert key not in described
    words = room.exec(
        "ingress", "prometheus", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    )
    assert "--config.file" in words
    assert key not in words
    at = (
        f"http://{address(room, f'{NAME}-ingress-prometheus')}:9090/prometheus/api/v1/status/config"
    )
    shown = httpx.get(at, trust_env=False).text
    assert "metrics-key" in shown
    assert key not in shown
    mode = room.exec("ingress", "prometheus", "stat", "-c", "%a %u", "/etc/prometheus/metrics-key")
    assert mode.split() == ["600", "10001"]


def test_the_inner_way_leads_to_what_it_is_for_and_with_its_key_alone(room: Room) -> None:
    signing = (room.state / "secrets" / "ingress" / "signing-key").read_text()
    way = f"http://{address(room, f'{NAME}-ingress')}:{INNER}"
    opens = {"Authorization": f"Bearer {keys.metrics_key(signing)}"}
    federation = "/prometheus/federate?match[]=up"

    def status(host: str, path: str, headers: dict[str, str], method: str = "GET") -> int:
        asked = {"Host": f"{host}.localhost", **headers}
        return httpx.request(method, way + path, headers=asked, trust_env=False).status_code

    assert status("s01", federation, opens) == 200
    assert status("metrics", "/metrics", opens) == 200
    for strange in ({}, {"Authorization": f"Bearer {keys.operator_key(signing)}"}):
        assert status("s01", federation, strange) in (401, 403)
        assert status("metrics", "/metrics", strange) == 401
        assert status("metrics", "/targets", strange) == 401
    for host, path in (
        *(("s01", path) for path in ("/", "/prometheus/api/v1/query?query=up", "/workspace/api")),
        *((host, "/metrics") for host in ("s01", "console", "portal", "nobody")),
    ):
        assert status(host, path, opens) == 404, (host, path)
    assert status("s01", federation, opens, "POST") == 404
    published = room.client.inspect_container(f"{NAME}-ingress")["NetworkSettings"]["Ports"]
    assert not published.get(f"{INNER}/tcp")
    outside = f"http://127.0.0.1:{room.spec['ports']['http']}/metrics"
    hosts = {"Host": "metrics.localhost", **opens}
    assert httpx.get(outside, headers=hosts, trust_env=False).status_code == 404


def test_another_number_of_seats_leaves_it_running(room: Room) -> None:
    prometheus = f"{NAME}-ingress-prometheus"
    before = room.ids()[prometheus]
    room.run("provision", "--seats", "1", "--confirm")
    assert room.ids()[prometheus] == before
    until("one seat", lambda: query(room, 'up{job="seats"}') == {(SEAT,): 1})
