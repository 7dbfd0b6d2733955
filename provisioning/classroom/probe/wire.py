"""The probe's only contact with the world: requests through the ingress, as :data:`Reply` data.

A seat is hostile. So every answer has a size limit and a time limit for the whole of it, no
cookie is kept, no redirect followed, no compression accepted, no proxy of the environment used.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeGuard

import grpc
import httpx
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from classroom.probe.reply import Answer, Json, Reply, Silence
from classroom.probe.target import Frontdoor
from classroom.spec.secret import Secret

TIMEOUT = 5.0
"""Seconds for one request; the slowest honest one on a loaded machine took under one."""

BODY_LIMIT = 2_000_000
"""Bytes read of a body. Only server metrics are longer, and of those the head is enough."""

HEAD = 1000

# https://github.com/grpc/grpc/blob/master/doc/health-checking.md; the server registers its
# health under the name of this service.
SERVICE = "temporal.api.workflowservice.v1.WorkflowService"

CHALLENGE = 'Bearer realm="classroom"'
"""How the portal asks for a key when it turns somebody away (RFC 6750, 3)."""


class Wire:
    """Requests to seats by host name, all through one address. Make it with :func:`wire`.

    Each request under way has a client of its own, kept for the next one. One client with a pool
    of connections costs more the more of them it has, for it looks at each for every request:
    2.3 ms of CPU a request with 24 connections, 7.8 ms with 64; so it is 0.9 ms. With TLS a client
    is kept for its host: a connection to one seat says nothing of another seat's certificate.

    A client that brought no answer is not used again: httpcore 1.0.9 may count a request that was
    given up as under way for ever, and every later one would wait for its connection.
    """

    def __init__(self, front: Frontdoor, keys: Mapping[str, Secret]) -> None:
        self._front = front
        own = (front.portal, front.console) if front.operator else ()
        self._keys = {**keys, **{host: front.operator for host in own if front.operator}}
        self._idle: defaultdict[str, list[httpx.AsyncClient]] = defaultdict(list)
        self._open: set[httpx.AsyncClient] = set()
        # Made once, since every client would load the CA bundle for its own.
        self._tls = trusting(front.trust)

    async def get(self, host: str, path: str, *, limit: float = TIMEOUT) -> Reply:
        """GET a path on the HTTP port, once more if the connection is reset on the way."""
        found = await self._send("GET", host, path, limit=limit)
        if _broken(found):
            found = await self._send("GET", host, path, limit=limit)
        return await self._lost_or(found) if _broken(found) else found

    async def post(self, host: str, path: str, body: Json) -> Reply:
        """POST a JSON object to a path on the HTTP port; a write is never repeated."""
        found = await self._send("POST", host, path, body=body)
        return await self._lost_or(found) if _broken(found) else found

    async def head_of(self, host: str, path: str) -> Reply:
        """GET a path and hang up after the first bytes: for pages of many megabytes."""
        return await self._send("GET", host, path, enough=HEAD)

    async def knock(self, host: str, port: int) -> Reply:
        """GET / on another port of the ingress."""
        return await self._send("GET", host, "/", port=port)

    async def _send(
        self,
        verb: str,
        host: str,
        path: str,
        *,
        body: Json | None = None,
        port: int = 0,
        enough: int = BODY_LIMIT,
        limit: float = TIMEOUT,
    ) -> Reply:
        at = self._front.at(port or self._front.ports.http)
        headers = {"Host": host, **self._bearer(host)}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        idle = self._idle["" if self._front.trust is None else host]
        client = idle.pop() if idle else self._client()
        request = client.build_request(
            verb,
            f"{self._front.scheme}://{at}{path}",
            headers=headers,
            content=content,
            extensions={"sni_hostname": host},
        )
        try:
            async with asyncio.timeout(limit):
                answer = await _receive(client, request, enough)
        except TimeoutError:
            silence = Silence(f"no answer within {limit:g} s")
        except httpx.ConnectError as error:
            silence = _unconnected(error, host, at)
        except httpx.TransportError:
            silence = Silence(RESET)
        else:
            idle.append(client)
            return answer
        await client.aclose()
        self._open.discard(client)
        return silence

    def _client(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept-Encoding": "identity", "User-Agent": "classroom-probe"},
            limits=httpx.Limits(max_connections=1),
            timeout=None,  # noqa: S113 - each request has one limit for all of it, see _send
            trust_env=False,
            verify=self._tls,
        )
        self._open.add(client)
        return client

    def _bearer(self, host: str) -> dict[str, str]:
        key = self._keys.get(host)
        return {"Authorization": f"Bearer {key.reveal()}"} if key else {}

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._open:
            await client.aclose()

    async def _lost_or(self, found: Silence) -> Silence:
        """Say whether a connection broke because the ingress is gone."""
        door = await self._send("GET", self._front.host, "/healthz")
        if isinstance(door, Answer):
            return found
        return Silence(f"the ingress stopped answering: {door.why}", lost=True)

    async def grpc_health(self, host: str) -> str | Reply:
        """Ask for Temporal's gRPC health: the name of the status, such as ``SERVING``.

        A channel a seat, closed at once: 70 of them cost 0.1 CPU s together.
        """
        at = self._front.at(self._front.ports.grpc)
        metadata = [(name.lower(), value) for name, value in self._bearer(host).items()]
        async with self._channel(at, host) as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=HealthCheckRequest.SerializeToString,
                response_deserializer=HealthCheckResponse.FromString,
            )
            try:
                reply = await check(
                    HealthCheckRequest(service=SERVICE), timeout=TIMEOUT, metadata=metadata
                )
            except grpc.aio.AioRpcError as error:
                found = _grpc_reply(error, at)
                if isinstance(found, Answer) or found.lost:
                    return found
                return await self._lost_or(found)
        return HealthCheckResponse.ServingStatus.Name(reply.status)

    def _channel(self, at: str, host: str) -> grpc.aio.Channel:
        options = [("grpc.default_authority", host), ("grpc.enable_http_proxy", 0)]
        if self._front.trust is None:
            return grpc.aio.insecure_channel(at, options=options)
        credentials = grpc.ssl_channel_credentials(self._front.trust.encode())
        return grpc.aio.secure_channel(at, credentials, options=options)


def trusting(pem: str | None) -> ssl.SSLContext:
    """Return a context that believes these certificates alone, whoever may have signed them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if pem:
        # What the instructor gave us may end with an intermediate; its root is then elsewhere.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=pem)
    return context


def _unconnected(error: httpx.ConnectError, host: str, at: str) -> Silence:
    if isinstance(reason := _root_cause(error), ssl.SSLCertVerificationError):
        return Silence(f"the certificate for {host} does not hold: {reason.verify_message}")
    return Silence(f"cannot connect to the ingress at {at}: {error}", lost=True)


def _root_cause(error: BaseException) -> BaseException:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


async def _receive(client: httpx.AsyncClient, request: httpx.Request, enough: int) -> Answer:
    response = await client.send(request, stream=True)
    try:
        got = bytearray()
        async for chunk in response.aiter_raw():
            got += chunk
            if len(got) >= enough:
                break
    finally:
        await response.aclose()
    # Caddy adds Via to what it passes on, and not to what it answers itself.
    return Answer(
        response.status_code,
        bytes(got[:enough]),
        of_ingress="via" not in response.headers,
        denied=response.headers.get("www-authenticate") == CHALLENGE,
    )


def _broken(found: Reply) -> TypeGuard[Silence]:
    return isinstance(found, Silence) and found.why == RESET


def _grpc_reply(error: grpc.aio.AioRpcError, at: str) -> Reply:
    """Translate what gRPC says of a response that is none."""
    details = error.details() or "no details"
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Silence(f"no answer within {TIMEOUT:g} s")
    if error.code() is grpc.StatusCode.UNAVAILABLE and "failed to connect" in details.lower():
        return Silence(f"cannot connect to the ingress at {at} (gRPC)", lost=True)
    if "status: 401" in details:
        return Answer(HTTPStatus.UNAUTHORIZED, denied=True)
    if "status: 502" in details:
        return Silence("temporal did not answer the ingress")
    if "status: 404" in details:
        return Silence("the ingress knows no such seat (404)")
    return Silence(f"{error.code().name}: {details}")


RESET = "the connection was closed without an answer"


@asynccontextmanager
async def wire(front: Frontdoor, keys: Mapping[str, Secret]) -> AsyncIterator[Wire]:
    """Open a wire for one pass; ``keys`` has for each host what opens it to the probe."""
    opened = Wire(front, keys)
    try:
        yield opened
    finally:
        await opened.aclose()
