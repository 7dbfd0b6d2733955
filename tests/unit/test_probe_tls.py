"""The wire over TLS: certificates are verified for real, for each seat's own name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
import pytest
import trustme
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from classroom.probe.reply import Answer, Silence
from classroom.probe.target import Frontdoor
from classroom.probe.wire import SERVICE, Wire, wire
from classroom.spec.model import Ports

OURS = trustme.CA()
ROOT = OURS.cert_pem.bytes().decode()
SEAT = OURS.issue_cert("s07.class.example")
Ask = Callable[[Wire], Awaitable[object]]


def pem(certificate: trustme.LeafCert) -> str:
    return certificate.cert_chain_pems[0].bytes().decode()


def get(host: str) -> Ask:
    return lambda line: line.get(host, "/")


@dataclass
class Door:
    """A small HTTPS server; ``names`` are those it was asked for before it answered."""

    certificate: trustme.LeafCert = SEAT
    names: list[str | None] = field(default_factory=list)

    def asked(self, *requests: Ask, trust: str = ROOT) -> list[object]:
        """What requests on one wire come out as, one after the other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await reader.readuntil(b"\r\n\r\n"):
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            except (ConnectionError, asyncio.IncompleteReadError):
                writer.close()

        async def run() -> list[object]:
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            port = server.sockets[0].getsockname()[1]
            front = Frontdoor("127.0.0.1", Ports(http=port), "class.example", trust)
            async with wire(front, {}) as line:
                found = [await ask(line) for ask in requests]
            server.close()
            return found

        return asyncio.run(run())


def test_a_certificate_for_the_seat_that_leads_to_what_is_trusted_is_good() -> None:
    door = Door()
    (reply,) = door.asked(get("s07.class.example"))
    assert isinstance(reply, Answer)
    assert reply.body == b"hi"
    assert door.names == ["s07.class.example"]


@pytest.mark.parametrize(
    ("host", "trust", "why"),
    [
        ("s08.class.example", ROOT, "Hostname mismatch"),
        ("s07.class.example", trustme.CA().cert_pem.bytes().decode(), "unable to get"),
        ("s07.class.example", "", "unable to get"),
    ],
)
def test_any_other_certificate_is_no_answer_and_says_why(host: str, trust: str, why: str) -> None:
    (reply,) = Door().asked(get(host), trust=trust)
    assert isinstance(reply, Silence)
    assert not reply.lost
    assert reply.why.startswith(f"the certificate for {host} does not hold: {why}")


def test_an_expired_certificate_is_no_answer() -> None:
    past = OURS.issue_cert("s07.class.example", not_after=datetime(2025, 1, 1, tzinfo=UTC))
    (reply,) = Door(past).asked(get("s07.class.example"))
    assert isinstance(reply, Silence)
    assert "certificate has expired" in reply.why


def test_one_seats_certificate_proves_nothing_for_another() -> None:
    replies = Door().asked(get("s07.class.example"), get("s08.class.example"))
    assert [type(reply) for reply in replies] == [Answer, Silence]


def test_the_given_certificate_may_be_trusted_itself_without_its_root() -> None:
    (reply,) = Door().asked(get("s07.class.example"), trust=pem(SEAT))
    assert isinstance(reply, Answer)


@pytest.mark.parametrize(
    ("host", "trust", "good"),
    [
        ("s07.class.example", ROOT, True),
        ("s07.class.example", pem(SEAT), True),
        ("s08.class.example", ROOT, False),
        ("s07.class.example", trustme.CA().cert_pem.bytes().decode(), False),
    ],
)
def test_grpc_verifies_the_certificate_too(host: str, trust: str, good: bool) -> None:
    async def run() -> object:
        health = HealthServicer()
        health.set(SERVICE, HealthCheckResponse.SERVING)
        server = grpc.aio.server()
        add_HealthServicer_to_server(health, server)
        chain = b"".join(blob.bytes() for blob in SEAT.cert_chain_pems)
        pair = [(SEAT.private_key_pem.bytes(), chain)]
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(pair))
        await server.start()
        front = Frontdoor("127.0.0.1", Ports(http=port, grpc=port), "class.example", trust)
        async with wire(front, {}) as line:
            found = await line.grpc_health(host)
        await server.stop(0)
        return found

    found = asyncio.run(run())
    assert (found == "SERVING") == good
    assert good or isinstance(found, Silence)
