"""Ask the front door, from wherever this program is run: questions on standard input, as JSON.

It needs nothing of the project's, so that it starts quickly. A credential comes by standard input
as everything else does: it has no business on a command line.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection

import grpc

PATIENCE_SECONDS = 20
AT_ONCE = 8

HEALTH = "/grpc.health.v1.Health/Check"

_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass(frozen=True)
class Question:
    """A request.

    Attributes:
        host: what the Host header says.
        path: as it is sent.
        method: of HTTP, or WEBSOCKET, or GRPC for a call.
        port: which of the ingress's: http, grpc, ui or metrics.
        headers: whatever else is sent.
        body: of a form.
    """

    host: str
    path: str = "/"
    method: str = "GET"
    port: str = "http"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def __str__(self) -> str:
        origin = f" from {self.headers['Origin']}" if "Origin" in self.headers else ""
        return f"{self.method} {self.path} of {self.host} ({self.port}){origin}"


def ask(question: Question, address: str, port: int) -> str:
    """Return the answer: ``401``, ``303 /claim`` or ``grpc UNAUTHENTICATED``."""
    try:
        if question.method == "GRPC":
            return _grpc(question, f"{address}:{port}")
        return _http(question, HTTPConnection(address, port, timeout=PATIENCE_SECONDS))
    except OSError as error:
        return f"no answer: {error}"


def _http(question: Question, line: HTTPConnection) -> str:
    upgrade = _UPGRADE if question.method == "WEBSOCKET" else {}
    method = "GET" if upgrade else question.method
    headers = {"Host": question.host, **upgrade, **question.headers}
    try:
        line.request(method, question.path, question.body or None, headers)
        answer = line.getresponse()
        # The body is left: an event stream has no end.
        return f"{answer.status} {answer.getheader('Location', '')}".strip()
    finally:
        line.close()


def _grpc(question: Question, target: str) -> str:
    options = [("grpc.default_authority", question.host), ("grpc.enable_retries", 0)]
    metadata = tuple((name.lower(), value) for name, value in question.headers.items())
    with grpc.insecure_channel(target, options=options) as channel:
        call = channel.unary_unary(
            question.path, request_serializer=bytes, response_deserializer=bytes
        )
        try:
            call(b"", metadata=metadata, timeout=PATIENCE_SECONDS)
        except grpc.RpcError as error:
            return f"grpc {error.code().name}"
    return "grpc OK"


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    questions = [Question(**one) for one in asked["questions"]]
    ports = [asked["ports"][question.port] for question in questions]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(ask, questions, [asked["address"]] * len(questions), ports)
        print(json.dumps(list(found)))


if __name__ == "__main__":
    main()
