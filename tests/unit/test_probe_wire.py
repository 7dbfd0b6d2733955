"""The wire against small servers of every temper: each is a reply, none costs more than it may."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from classroom.probe.reply import Answer, Reply, Silence
from classroom.probe.target import Frontdoor
from classroom.probe.wire import BODY_LIMIT, RESET, Wire, wire
from classroom.spec.model import Ports

Guest = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Ask = Callable[[Wire], Awaitable[object]]

HOST = "s07.localhost"
OK = b"HTTP/1.1 200 OK\r\n"


def answering(*requests: Ask, by: Guest) -> list[object]:
    """What a server's answers come out as, asked on one wire one after the other."""

    async def run() -> list[object]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await by(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        front = Frontdoor("127.0.0.1", Ports(http=port, grpc=port), "localhost")
        async with wire(front, {}) as line:
            found = [await ask(line) for ask in requests]
        server.close()
        return found

    return asyncio.run(run())


def get(path: str = "/") -> Ask:
    return lambda line: line.get(HOST, path, limit=0.5)


async def head(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def saying(response: bytes) -> Guest:
    async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await head(reader)
            writer.write(response)

    return guest


def test_an_answer_of_a_component_and_one_of_the_ingress_are_told_apart() -> None:
    body = b"Content-Length: 2\r\n\r\nhi"
    (passed_on,) = answering(get(), by=saying(OK + b"Via: 1.1 Caddy\r\n" + body))
    (made_up,) = answering(get(), by=saying(b"HTTP/1.1 404 Not Found\r\n" + body))
    assert passed_on == Answer(200, b"hi", of_ingress=False)
    assert made_up == Answer(404, b"hi", of_ingress=True)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    assert answering(get(), by=saying(elsewhere)) == [Answer(302, b"", of_ingress=True)]


def test_a_cookie_is_not_kept_and_the_environments_proxy_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    heads: list[str] = []

    async def baker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await head(reader))
            writer.write(OK + b"Set-Cookie: seat=1; Path=/\r\nContent-Length: 0\r\n\r\n")

    answering(get("/a"), get("/b"), by=baker)
    assert [h.split()[1] for h in heads] == ["/a", "/b"]
    for h in heads:
        assert f"host: {HOST}" in h.lower()
        assert "cookie" not in h.lower()
        assert "accept-encoding: identity" in h.lower()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(OK + b"\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


def test_an_endless_body_is_read_up_to_the_limit() -> None:
    (reply,) = answering(get(), by=endless)
    assert isinstance(reply, Answer)
    assert len(reply.body) == BODY_LIMIT


def test_of_a_long_page_the_head_is_enough() -> None:
    (reply,) = answering(lambda line: line.head_of(HOST, "/metrics/server"), by=endless)
    assert isinstance(reply, Answer)
    assert len(reply.body) == 1000


def test_a_body_that_drips_is_given_up_in_time() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK + b"Content-Length: 100\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    assert answering(get(), by=dripping) == [Silence("no answer within 0.5 s")]
    assert time.monotonic() - began < 2


def test_who_gave_up_waiting_is_no_worse_off_for_it() -> None:
    """httpcore 1.0.9 now and then keeps a place in its pool for a request that was given up."""
    hurried = [
        lambda line, limit=limit: line.get(HOST, "/", limit=limit / 1_000_000)
        for limit in range(500, 3000, 2)
    ]
    answer = OK + b"Content-Length: 2\r\n\r\nhi"

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if "/late" not in await head(reader):
            await reader.read()
        writer.write(answer)

    *_, last = answering(*hurried, get("/late"), by=slow)
    assert last == Answer(200, b"hi", of_ingress=True)


def resetting(times: int, met: list[str]) -> Guest:
    async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verb, path, *_ = (await head(reader)).split()
        met.append(f"{verb} {path}")
        if len(met) > times or path == "/healthz":
            writer.write(OK + b"Content-Length: 0\r\n\r\n")
            await writer.drain()

    return guest


def test_a_reset_is_tried_once_more() -> None:
    once: list[str] = []
    assert answering(get(), by=resetting(1, once)) == [Answer(200, b"", of_ingress=True)]
    always: list[str] = []
    assert answering(get(), by=resetting(9, always)) == [Silence(RESET)]
    assert once == ["GET /"] * 2
    # Then the ingress is asked whether it is to blame.
    assert always == ["GET /", "GET /", "GET /healthz"]


def test_a_write_is_not_repeated() -> None:
    met: list[str] = []
    ask: Ask = lambda line: line.post(HOST, "/", {})  # noqa: E731
    assert answering(ask, by=resetting(9, met)) == [Silence(RESET)]
    assert met == ["POST /", "GET /healthz"]


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 64, b"HTTP/9 maybe\r\n\r\n"]
)
def test_what_is_no_http_is_no_answer(noise: bytes) -> None:
    (reply,) = answering(get(), by=saying(noise))
    assert isinstance(reply, Silence)


def test_a_closed_port_is_a_lost_ingress_on_http_and_on_grpc() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        port = taken.getsockname()[1]

        async def run() -> list[Reply | str]:
            front = Frontdoor("127.0.0.1", Ports(http=port, grpc=port), "localhost")
            async with wire(front, {}) as line:
                return [await line.get(HOST, "/"), await line.grpc_health(HOST)]

        for reply in asyncio.run(run()):
            assert isinstance(reply, Silence)
            assert reply.lost
            assert f"127.0.0.1:{port}" in reply.why


def test_grpc_against_something_else_is_a_sentence() -> None:
    (reply,) = answering(lambda line: line.grpc_health(HOST), by=saying(OK + b"\r\n"))
    assert isinstance(reply, Silence)
