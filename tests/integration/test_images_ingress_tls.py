"""The ingress with certificates: of its own authority, and given as files."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
import trustme
from cryptography import x509
from docker.types import Mount
from grpc_health.v1 import health_pb2, health_pb2_grpc

from classroom.engine.trust import root_certificate
from classroom.probe.wire import SERVICE
from classroom.spec import keys
from tests.integration.front_door import (
    CLASSROOM,
    DOMAIN,
    INNER,
    PORTS,
    SIGNING_KEY,
    Door,
    Stand,
    address,
    bearer,
    host,
    seat_key,
    stand,
    told,
    until,
)

OURS = trustme.CA()
KEY = seat_key(7)


@pytest.fixture(scope="module")
def room() -> Iterator[Stand]:
    with stand() as room:
        room.temporal(254)
        room.open()
        yield room


def trusting(pem: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=pem)
    context.set_alpn_protocols(["http/1.1"])
    return context


@pytest.fixture(scope="module")
def internal(room: Stand) -> tuple[Door, str]:
    """An ingress with an authority of its own, and that authority's root."""
    data = Mount("/data", room.volume("own-data", {}))
    container = room.ingress("own-ingress", tls="internal", mounts=[data])
    root = root_certificate(room.client.api, f"{CLASSROOM}-own")
    door = Door(container, trusting(root))
    until(door.alive)
    return door, root


@pytest.fixture(scope="module")
def given(room: Stand) -> tuple[Door, str]:
    """An ingress with a wildcard certificate that somebody else issued, and that one's root."""
    site = OURS.issue_cert(DOMAIN, f"*.{DOMAIN}")
    chain = b"".join(pem.bytes() for pem in site.cert_chain_pems)
    files = {
        "certificate.pem": (chain, 0o644),
        "key.pem": (site.private_key_pem.bytes(), 0o600),
    }
    config = Mount("/etc/classroom", room.volume("given-config", files), read_only=True)
    root = OURS.cert_pem.bytes().decode()
    door = Door(room.ingress("given", tls="files", mounts=[config]), trusting(root))
    until(door.alive)
    return door, root


@pytest.fixture(params=["internal", "given"])
def secure(request: pytest.FixtureRequest) -> tuple[Door, str]:
    found: tuple[Door, str] = request.getfixturevalue(request.param)
    return found


def test_every_name_and_port_has_a_certificate_that_verifies(secure: tuple[Door, str]) -> None:
    door, _ = secure
    for name in (DOMAIN, f"console.{DOMAIN}", f"portal.{DOMAIN}"):
        assert door.ask(name).status_code in (200, 303, 401, 404)
    for port in PORTS:
        path = "/temporal/" if port in (8000, 8233) else "/metrics"
        for number in (7, 42):
            answer = door.ask(host(number), path, port=port, headers=seat_key(number))
            assert answer.status_code == (200 if number == 7 else 502)


def test_who_is_anonymous_stays_so(secure: tuple[Door, str]) -> None:
    door, _ = secure
    for port in PORTS:
        assert door.ask(host(7), "/metrics", port=port).status_code == 401
        assert door.ask(host(42), "/metrics", port=port, headers=KEY).status_code == 403


def test_a_component_is_told_that_its_visitors_come_by_https(secure: tuple[Door, str]) -> None:
    door, _ = secure
    headers = dict(told(door.ask(host(7), "/grafana/", headers=KEY))["headers"])
    assert headers["x-forwarded-proto"] == "https"


@pytest.mark.parametrize("port", [8000, 7233])
def test_grpc_goes_over_the_same_tls(secure: tuple[Door, str], port: int) -> None:
    door, root = secure
    options = [
        ("grpc.default_authority", host(254)),
        ("grpc.ssl_target_name_override", host(254)),
    ]
    metadata = [("authorization", seat_key(254)["Authorization"])]
    at = address(door.container, port)
    credentials = grpc.ssl_channel_credentials(root.encode())
    with grpc.secure_channel(at, credentials, options=options) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the stubs do not know its methods
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        status = stub.Check(request, metadata=metadata, timeout=10).status
    assert status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("port", PORTS)
def test_who_leaves_out_https_is_sent_on_at_the_same_port(
    secure: tuple[Door, str], port: int
) -> None:
    door, _ = secure
    plain = Door(door.container)
    answer = plain.ask(f"{host(7)}:{port}", "/temporal/", port=port)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://{host(7)}:{port}/temporal/"


@pytest.mark.parametrize(
    "name", ["evil.example", f"s07.{DOMAIN}.evil.example", f"s255.{DOMAIN}", f"www.{DOMAIN}"]
)
def test_the_authority_certifies_no_name_but_the_classrooms(
    internal: tuple[Door, str], name: str
) -> None:
    door, root = internal
    ip, _, port = address(door.container, 8000).partition(":")
    with (
        socket.create_connection((ip, int(port)), timeout=10) as line,
        pytest.raises(ssl.SSLError, match="alert"),
    ):
        trusting(root).wrap_socket(line, server_hostname=name)


def test_the_authoritys_root_is_offered_and_its_key_is_not(internal: tuple[Door, str]) -> None:
    door, root = internal
    answer = door.ask(DOMAIN, "/root.crt")
    assert answer.text == root
    assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    certificate = x509.load_pem_x509_certificate(root.encode())
    assert CLASSROOM in certificate.subject.rfc4514_string()
    for path in ("/root.key", "/root.crt/", "/root.crt/../root.key", "/intermediate.key"):
        assert "PRIVATE KEY" not in door.ask(DOMAIN, path).text
    assert door.ask(host(7), "/root.crt").status_code == 401


def test_the_root_survives_another_container(room: Stand, internal: tuple[Door, str]) -> None:
    _, root = internal
    data = Mount("/data", f"{CLASSROOM}-own-data")
    later = Door(room.ingress("later", tls="internal", mounts=[data]), trusting(root))
    until(later.alive)
    assert told(later.ask(host(7), "/grafana/", headers=KEY))["component"] == "grafana"


def test_an_ingress_that_is_not_there_has_no_root(room: Stand) -> None:
    begun = time.monotonic()
    assert root_certificate(room.client.api, f"{CLASSROOM}-nobodys") == ""
    assert time.monotonic() - begun < 5


def test_no_authority_is_in_the_image(room: Stand) -> None:
    container = room.client.containers.create(room.images["ingress"].tag)
    try:
        chunks, _ = container.get_archive("/data")
        assert b"root.key" not in b"".join(chunks)
    finally:
        container.remove(v=True)


def test_the_class_prometheus_needs_no_certificate(secure: tuple[Door, str]) -> None:
    door, _ = secure
    inner = f"http://{address(door.container, INNER)}/metrics"
    name, key = {"Host": f"metrics.{DOMAIN}"}, bearer(keys.metrics_key(SIGNING_KEY))
    assert httpx.get(inner, headers={**name, **key}, trust_env=False).status_code == 200
    assert httpx.get(inner, headers=name, trust_env=False).status_code == 401


def test_nothing_else_listens_where_others_can_reach_it(secure: tuple[Door, str]) -> None:
    door, _ = secure
    ip = address(door.container, 8001).partition(":")[0]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ip, 8001), timeout=5)
