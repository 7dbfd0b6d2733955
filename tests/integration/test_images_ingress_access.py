"""Who passes the front door, and what is left of a request behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.spec import keys
from tests.integration.front_door import (
    DOMAIN,
    OPERATOR,
    PORTS,
    SIGNING_KEY,
    Door,
    bearer,
    host,
    seat_key,
    stand,
    told,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
PATHS = (
    *("/temporal/", "/api/v1/namespaces", "/grafana/", "/prometheus/", "/prometheus/api/v1/query"),
    *("/workspace/lab", "/workspace", "/metrics/server", "/metrics/worker", "/metrics", "/nothing"),
    *("/%74emporal/", "//temporal/", "/static/../temporal/", "/home%2f..%2fworkspace/"),
)
KEY = seat_key(7)
CONSOLE = f"console.{DOMAIN}"


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with stand() as room:
        room.of_the_class()
        yield room.open()


@pytest.fixture(scope="module")
def cookie(door: Door) -> dict[str, str]:
    return door.claim(7)


def refused_everywhere(door: Door, seat: str, statuses: set[int], headers: dict[str, str]) -> None:
    for port in PORTS:
        for method in METHODS:
            for path in PATHS:
                answer = door.ask(seat, path, method=method, port=port, headers=headers)
                asked = f"{method} {port} {path}: {answer.status_code} {answer.text[:80]}"
                assert answer.status_code in statuses, asked
                assert '"component"' not in answer.text, asked
        grpc = {**headers, "Content-Type": "application/grpc", "TE": "trailers"}
        answer = door.ask(seat, "/x/y", method="POST", port=port, headers=grpc)
        assert answer.status_code in statuses
        status = door.websocket(seat, "/workspace/api/kernels", port=port, headers=headers)
        assert int(status.split()[1]) in statuses


def test_an_anonymous_visitor_is_turned_away_by_every_port_method_and_path(door: Door) -> None:
    refused_everywhere(door, host(7), {401}, {})


def test_a_browser_without_a_session_is_sent_to_the_claim_page_of_the_same_host(door: Door) -> None:
    for port in PORTS:
        answer = door.ask(host(7), "/temporal/", port=port, headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"http://{host(7)}:8000/claim"


@pytest.mark.parametrize("whose", ["attendee", "probe"])
def test_a_seats_keys_open_that_seat_and_no_other(door: Door, whose: str) -> None:
    header = KEY if whose == "probe" else door.api_key(7)
    assert told(door.ask(host(7), "/temporal/", headers=header))["component"] == "temporal"
    refused_everywhere(door, host(42), {403}, header)


def test_a_seats_cookie_opens_that_seat_on_all_its_ports_and_no_other(
    door: Door, cookie: dict[str, str]
) -> None:
    for port in PORTS:
        path = "/workspace/lab" if port == 8000 else "/metrics"
        assert door.ask(host(7), path, port=port, headers=cookie).status_code == 200
    refused_everywhere(door, host(42), {403}, cookie)


@pytest.mark.parametrize(
    "key",
    [keys.operator_key(SIGNING_KEY), "tk-07-" + "A" * 43, "tk-07-", "x", SIGNING_KEY],
    ids=["operator's", "made up", "no secret", "no key", "signing key"],
)
def test_any_other_key_opens_no_seat(door: Door, key: str) -> None:
    answer = door.ask(host(7), "/temporal/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code in (401, 403)


def test_two_session_cookies_are_refused(door: Door, cookie: dict[str, str]) -> None:
    both = {"Cookie": f"{cookie['Cookie']}; seat=another"}
    assert door.ask(host(7), "/temporal/", headers=both).status_code == 400


@pytest.mark.parametrize("credential", ["key", "cookie"])
def test_a_websocket_passes_with_a_credential(
    door: Door, cookie: dict[str, str], credential: str
) -> None:
    headers = {"key": KEY, "cookie": cookie}[credential]
    path = "/workspace/api/kernels/1/channels"
    answer = door.websocket(host(7), path, headers=headers)
    assert answer == "HTTP/1.1 101 Switching Protocols hello"


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (f"http://{host(7)}", True),
        (f"http://{host(42)}", False),
        (f"https://{host(7)}", False),
        ("http://evil.example", False),
        ("null", False),
    ],
)
def test_a_foreign_page_can_neither_write_nor_open_a_websocket(
    door: Door, cookie: dict[str, str], origin: str, passes: bool
) -> None:
    headers = {**cookie, "Origin": origin}
    written = door.ask(host(7), "/workspace/api/contents", method="POST", headers=headers)
    assert written.status_code == (200 if passes else 403)
    opened = door.websocket(host(7), "/workspace/api/kernels", headers=headers)
    assert (" 101 " in opened) == passes
    assert passes or " 403 " in opened


@pytest.mark.parametrize(
    ("path", "port"),
    [
        ("/temporal/", 8000),
        ("/workspace/lab", 8000),
        ("/prometheus/query", 8000),
        ("/metrics/worker", 8000),
        ("/metrics", 7233),
        ("/_app", 8233),
        ("/metrics", 8080),
    ],
)
def test_no_component_sees_a_credential_of_the_front_door(
    door: Door, cookie: dict[str, str], path: str, port: int
) -> None:
    token = cookie["Cookie"].partition("=")[2]
    cookies = [
        ("Cookie", f"_xsrf=2|a;{cookie['Cookie']}; grafana_session=b"),
        ("Cookie", "console=secret; __Host-seat=secret;\t__Host-console=secret"),
    ]
    asked = told(door.ask(host(7), path, port=port, headers=cookies))
    everything = repr(asked["headers"])
    assert "secret" not in everything
    assert token not in everything
    assert "_xsrf=2|a" in everything
    assert "grafana_session=b" in everything
    key = KEY["Authorization"].partition(" ")[2]
    asked = told(door.ask(host(7), path, port=port, headers=KEY))
    assert key not in repr(asked["headers"])


def test_nobody_is_whom_they_say_they_are(door: Door) -> None:
    lies = (
        *("X-WEBAUTH-USER", "X-Webauth-Role", "Remote-User", "Remote-Groups", "X-Remote-User"),
        *("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Auth-Request-User"),
        *("X-Authenticated-User", "X-Authentik-Username", "X-Forwarded-Prefix", "X-Real-IP"),
        *("Forwarded", "X-Forwarded-Uri", "X-Forwarded-Method", "x-wEbAuTh-uSeR"),
    )
    asked = told(door.ask(host(7), "/grafana/", headers={**dict.fromkeys(lies, "admin"), **KEY}))
    names = {name for name, _ in asked["headers"]}
    assert not names & {lie.lower() for lie in lies}
    assert "admin" not in repr(asked["headers"])
    assert dict(asked["headers"])["x-forwarded-host"] == host(7)


def test_where_a_visitor_comes_from_is_the_ingresss_word(door: Door) -> None:
    lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    headers = dict(told(door.ask(host(7), "/grafana/", headers={**lies, **KEY}))["headers"])
    assert "203.0.113.9" not in headers["x-forwarded-for"]
    assert headers["x-forwarded-proto"] == "http"


def test_a_method_that_is_named_in_a_header_does_not_make_a_write_a_read(
    door: Door, cookie: dict[str, str]
) -> None:
    headers = {**cookie, "Origin": "http://evil.example", "X-Forwarded-Method": "GET"}
    assert door.ask(host(7), "/temporal/", method="POST", headers=headers).status_code == 403


def test_a_body_arrives_whole_although_the_portal_was_asked_in_between(door: Door) -> None:
    answer = door.ask(
        host(7), "/api/v1/namespaces", method="POST", headers=KEY, content=b"x" * 100_000
    )
    assert dict(told(answer)["headers"])["content-length"] == "100000"


def test_the_operators_api_is_for_the_operator(door: Door) -> None:
    for headers in ({}, KEY, {"Authorization": "Bearer ok-" + "A" * 43}):
        answer = door.ask(f"portal.{DOMAIN}", "/operator/seats", headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("/grafana/d/class-wall", "grafana 3000"),
        ("/grafana", "grafana 3000"),
        ("/prometheus/api/v1/alerts", "prometheus 9090"),
    ],
)
def test_what_the_class_has_once_is_behind_the_console(
    door: Door, cookie: dict[str, str], path: str, component: str
) -> None:
    asked = told(door.ask(CONSOLE, path, headers=OPERATOR))
    assert f"{asked['component']} {asked['port']} {asked['uri']}" == f"{component} {path}"
    assert OPERATOR["Authorization"].partition(" ")[2] not in repr(asked["headers"])
    assert door.websocket(CONSOLE, path, headers=OPERATOR).endswith("Protocols hello")
    stolen = {"Cookie": cookie["Cookie"].replace("seat=", "console=")}
    for stranger in ({}, KEY, cookie, stolen, bearer(keys.metrics_key(SIGNING_KEY))):
        assert door.ask(CONSOLE, path, headers=stranger).status_code == 401
        assert door.ask(CONSOLE, path, method="POST", headers=stranger).status_code == 401
        assert " 401 " in door.websocket(CONSOLE, path, headers=stranger)
    foreign = {**OPERATOR, "Origin": f"http://{host(7)}"}
    assert door.ask(CONSOLE, path, method="POST", headers=foreign).status_code == 403
    assert " 403 " in door.websocket(CONSOLE, path, headers=foreign)


@pytest.mark.parametrize(
    ("component", "ways"),
    [
        ("workspace", [(8000, "/workspace/lab"), (8080, "/metrics")]),
        ("temporal", [(8000, "/temporal/"), (7233, "/metrics"), (7233, "/api/v1/x"), (8233, "/x")]),
    ],
)
def test_what_was_stopped_for_its_quota_is_said_on_every_port(
    door: Door, cookie: dict[str, str], component: str, ways: list[tuple[int, str]]
) -> None:
    door.observe({"quota": {"seat-07": {component: {"used": 3, "limit": 2, "stopped": True}}}})
    try:
        for port, path in ways:
            answer = door.ask(host(7), path, port=port, headers=cookie)
            assert answer.status_code == 503, (port, path)
            assert "was stopped, because its disk is full" in answer.text, (port, path)
            assert door.ask(host(7), path, port=port, headers=KEY).status_code == 200, "the probe"
        assert door.ask(host(7), "/prometheus/", headers=cookie).status_code == 200
    finally:
        door.observe({})
    for port, path in ways:
        assert door.ask(host(7), path, port=port, headers=cookie).status_code == 200


def test_a_seats_host_does_not_lead_to_what_the_class_has(door: Door) -> None:
    asked = told(door.ask(host(7), "/grafana/d/class-wall", headers=KEY))
    assert ["host", host(7)] in asked["headers"]
    for where in (DOMAIN, f"portal.{DOMAIN}", f"ingress.{DOMAIN}", f"metrics.{DOMAIN}"):
        assert door.ask(where, "/grafana/", headers=OPERATOR).status_code == 404, where
