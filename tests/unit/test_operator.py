"""The operator's API as this machine asks it: whatever answers, it is data or one clear error."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from classroom.cards.password import new_password
from classroom.errors import PortalError
from classroom.operator import Enrolled, Operator
from classroom.probe.target import Frontdoor
from classroom.spec.hashing import matches
from classroom.spec.model import Ports
from classroom.spec.secret import Secret

SEATS = {
    "seats": {
        "seat-01": {
            "attendee": "Ada",
            "moved": True,
            "code_hash": "$h",
            "claimed": [{"name": "Ada L.", "at": "2026-01-01T09:00:00+00:00", "devices": 2}],
        }
    },
    "password_set": True,
}


@dataclass
class Portal:
    """A server that says one thing and remembers what it was asked."""

    status: int = 200
    body: bytes = json.dumps(SEATS).encode()
    delay: float = 0.0
    via: str = ""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def operator(self) -> Operator:
        ports = Ports(http=self.port)
        return Operator(Frontdoor("127.0.0.1", ports, "class.example", operator=Secret("ok-1")))


@pytest.fixture
def portal() -> Iterator[Portal]:
    told = Portal()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.asked.append((self.command, self.path, dict(self.headers), body))
            time.sleep(told.delay)
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.body)))
            if told.via:
                self.send_header("Via", told.via)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - its names in the library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


def test_the_register_is_read_and_the_key_goes_to_the_portals_own_host(portal: Portal) -> None:
    found = portal.operator.register()
    assert found.seats == {"seat-01": Enrolled("Ada", "$h", moved=True, claimed=("Ada L.",))}
    assert found.password_set
    ((verb, path, headers, _),) = portal.asked
    assert (verb, path) == ("GET", "/operator/seats")
    assert headers["Host"] == "portal.class.example"
    assert headers["Authorization"] == "Bearer ok-1"


def test_the_whole_list_is_told(portal: Portal) -> None:
    portal.body = b'{"added": [], "rotated": [], "removed": []}'
    portal.operator.enrol({"seat-02": Enrolled("Grace", "$g")})
    ((verb, path, _, body),) = portal.asked
    assert (verb, path) == ("PUT", "/operator/seats")
    assert json.loads(body) == {"seats": {"seat-02": {"attendee": "Grace", "code_hash": "$g"}}}


def test_the_authoritys_fingerprint_is_told(portal: Portal) -> None:
    portal.operator.vouch("AB:CD")
    ((verb, path, _, body),) = portal.asked
    assert (verb, path) == ("PUT", "/operator/authority")
    assert json.loads(body) == {"fingerprint": "AB:CD"}


def test_a_seat_that_keeps_its_code_is_told_without_one(portal: Portal) -> None:
    portal.body = b'{"added": [], "rotated": [], "removed": []}'
    portal.operator.enrol({"seat-02": Enrolled("Grace")})
    ((_, _, _, body),) = portal.asked
    assert json.loads(body) == {"seats": {"seat-02": {"attendee": "Grace"}}}


def test_without_a_key_the_portal_is_asked_and_its_refusal_is_told(portal: Portal) -> None:
    portal.status, portal.body = 401, b"Only the operator key opens this."
    stranger = Operator(Frontdoor("127.0.0.1", Ports(http=portal.port), "class.example"))
    with pytest.raises(PortalError, match="refuses this machine's key"):
        stranger.register()
    ((_, _, headers, _),) = portal.asked
    assert "Authorization" not in headers


def test_what_the_portal_does_not_find_is_not_taken_for_another_ingress(portal: Portal) -> None:
    portal.status, portal.body, portal.via = 404, b"No such verb is waiting.", "1.1 Caddy"
    with pytest.raises(PortalError, match="HTTP 404: No such verb is waiting"):
        portal.operator.call("POST", "/operator/queue/x", {})


def test_a_new_password_is_told_as_a_hash_alone(portal: Portal) -> None:
    portal.body = b"{}"
    password = new_password(portal.operator)
    ((_, path, _, body),) = portal.asked
    assert path == "/operator/password"
    assert matches(json.loads(body)["hash"], password.reveal())
    assert password.reveal().encode() not in body
    assert new_password(portal.operator) != password


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (401, b"Only the operator key opens this.", "refuses this machine's key (401)"),
        (403, b"", "refuses this machine's key (403)"),
        (404, b"", "knows no such address"),
        (400, b"seats.x is wrong.", "HTTP 400: seats.x is wrong."),
        (500, b"\x1b[31m\n\n<html>", "HTTP 500: [31m <html>"),
        (502, b"the portal did not answer.", "does not answer the ingress"),
        (200, b"<html>It works!</html>", "something else than a JSON object"),
        (200, b"[]", "something else than a JSON object"),
        (200, b"{}", "something else than a list of seats"),
        (200, b'{"seats": [], "password_set": true}', "something else than a list of seats"),
        (200, b'{"seats": {"seat-01": 7}, "password_set": true}', "something else than a list"),
    ],
)
def test_any_other_answer_is_an_error_with_a_remedy(
    portal: Portal, status: int, body: bytes, what: str
) -> None:
    portal.status, portal.body = status, body
    with pytest.raises(PortalError) as said:
        portal.operator.register()
    assert what in said.value.what
    assert said.value.remedy
    assert said.value.where == "portal.class.example"


def test_nobody_there_and_nobody_answering_are_told_apart(portal: Portal) -> None:
    portal.delay = 1.0
    with pytest.raises(PortalError, match="did not answer in time"):
        portal.operator.call("GET", "/operator/seats", seconds=0.2)
    gone = Operator(Frontdoor("127.0.0.1", Ports(http=1), "class.example"))
    with pytest.raises(PortalError, match="cannot connect to the ingress"):
        gone.register()
