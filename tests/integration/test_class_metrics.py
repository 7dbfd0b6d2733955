"""The classroom's own metrics on a real socket: who may read them, and what they count."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from classroom.probe.result import Result, State
from classroom.spec import hashing, keys
from classroom.watch.measures import Measures
from portal.watched import STALE_SECONDS
from tests.integration.portal_server import Running, access, portal


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with portal(tmp_path) as found:
        found.provision()
        yield found


def scraper(running: Running, key: str = "") -> httpx.Client:
    key = key or keys.metrics_key(running.settings.signing_key)
    return running.device("metrics", Accept="text/plain", Authorization=f"Bearer {key}")


def scraped(running: Running) -> dict[str, dict[tuple[str, ...], float]]:
    """Return name -> values of its labels -> value, as a Prometheus reads them."""
    with scraper(running) as prometheus:
        answer = prometheus.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for metric in text_string_to_metric_families(answer.text):
        for sample in metric.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_only_the_metrics_key_opens_them(running: Running) -> None:
    signing = running.settings.signing_key
    others = (
        keys.operator_key(signing),
        keys.probe_key(signing, "seat-07"),
        keys.metrics_key("another" + signing),
    )
    for key in others:
        with scraper(running, key) as stranger:
            assert stranger.get("/metrics").status_code == 401
    with running.device("metrics") as nobody:
        assert nobody.get("/metrics").status_code == 401
    for label in ("", "s07", "console", "portal"):
        with running.device(label, Authorization=f"Bearer {keys.metrics_key(signing)}") as astray:
            assert "classroom_" not in astray.get("/metrics").text
    assert scraped(running)["classroom_portal_refusals_total"] == {("metrics key",): 4}


def test_the_metrics_key_does_nothing_else(running: Running) -> None:
    key = {"Authorization": f"Bearer {keys.metrics_key(running.settings.signing_key)}"}
    with running.device("portal", **key) as prometheus:
        assert prometheus.get("/operator/seats").status_code == 401
    with running.device("s07", **key) as prometheus:
        assert access(prometheus).status_code == 403
        uri = "/prometheus/federate?match[]=up"
        assert access(prometheus, **{"X-Forwarded-Uri": uri}).status_code == 200


def test_the_seats_are_those_of_the_classroom(running: Running) -> None:
    domain = running.settings.domain
    with scraper(running) as prometheus:
        assert prometheus.get("/targets").json() == [
            {"targets": [f"{host}.{domain}"], "labels": {"seat": seat}}
            for host, seat in (("s07", "seat-07"), ("s08", "seat-08"))
        ]
    with running.device("metrics") as nobody:
        assert nobody.get("/targets").status_code == 401


def test_answers_and_claims_are_counted(running: Running) -> None:
    began = time.monotonic()
    with running.claim() as device:
        assert access(device).status_code == 200
        assert access(device).status_code == 200
    took = time.monotonic() - began
    with running.device("s07") as wrong:
        assert wrong.post("/claim", data={"code": "07-0000-0000", "name": "Ada"}).status_code == 403
    found = scraped(running)
    answers = found["classroom_portal_answers_total"]
    assert answers["access", "200"] == 2
    assert (answers["seat", "303"], answers["seat", "403"]) == (1, 1)
    assert found["classroom_portal_answer_seconds_count"]["access",] == 2
    assert 0 < found["classroom_portal_answer_seconds_sum"]["access",] < took
    assert ("operator",) not in found["classroom_portal_answer_seconds_count"], "some have to wait"
    assert found["classroom_portal_events_total"]["claimed",] == 1
    assert found["classroom_portal_refusals_total"] == {("wrong code",): 1}
    assert found["classroom_seat_attendees"] == {("seat-07",): 1, ("seat-08",): 0}


def test_what_watch_told_is_served_until_it_is_old(running: Running) -> None:
    told = Measures()
    told.started("seat-07", "grafana")
    told.proven([Result("seat-07", "temporal", State.OK, seconds=0.2)])
    with running.operator() as operator:
        answer = operator.post("/operator/metrics", content=told.document())
        assert answer.status_code == 200, answer.text
        found = scraped(running)
        assert found["classroom_watch_starts_total"] == {("grafana", "seat-07"): 1}
        assert found["classroom_probe_seconds_count"] == {("temporal",): 1}
        wrong = json.dumps({"metrics": {"up": {"type": "gauge", "help": "", "samples": []}}})
        assert operator.post("/operator/metrics", content=wrong).status_code == 400
    assert "classroom_watch_starts_total" in scraped(running), "what was refused changes nothing"
    running.skip(STALE_SECONDS + 1)
    late = scraped(running)
    assert "classroom_watch_starts_total" not in late
    assert "classroom_seats" in late


def test_the_class_prometheus_is_for_who_is_in_the_console(running: Running) -> None:
    forwarded = {"X-Forwarded-Uri": "/prometheus/graph"}
    with running.device("console") as browser:
        asked = access(browser, **forwarded)
        assert (asked.status_code, asked.headers["location"]) == (303, "/login")
        assert access(browser, "POST", **forwarded).status_code == 401
    with running.device("console", Accept="*/*") as program:
        key = {"Authorization": f"Bearer {keys.operator_key(running.settings.signing_key)}"}
        assert access(program, **forwarded, **key).status_code == 200
        assert access(program, "GET", **forwarded).status_code == 401
    with running.operator() as operator:
        word = hashing.hashed("swallow-lantern-teapot")
        assert operator.put("/operator/password", json={"hash": word}).status_code == 200
    with running.device("console") as browser:
        browser.post("/login", data={"password": "swallow-lantern-teapot"})
        assert access(browser, **forwarded).status_code == 200
        foreign = {"Origin": f"http://{running.host('s07')}"}
        assert access(browser, "POST", **forwarded, **foreign).status_code == 403
    with running.claim() as attendee:
        assert access(attendee, Host=running.host("console"), **forwarded).status_code != 200
