"""The real portal on a real socket: uvicorn in a thread, SQLite in a folder, a clock to turn."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import ParamSpec, TypeVar

import httpx
import uvicorn
import uvloop

from classroom.spec import hashing, keys
from portal.__main__ import Server
from portal.app import open_context
from portal.context import Context
from portal.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

LABS = Path(__file__).resolve().parents[2] / "labs"
DOMAIN = "class.example.org"
CODES = {"seat-07": "07-K7QF-2M9X", "seat-08": "08-K7QF-2M9X"}
HASHES = {seat: hashing.hashed(code) for seat, code in CODES.items()}


@dataclass
class Running:
    """A portal that answers."""

    context: Context
    port: int
    served: uvicorn.Server
    loop: asyncio.AbstractEventLoop
    skipped: list[float]

    @property
    def settings(self) -> Settings:
        return self.context.settings

    def skip(self, seconds: float) -> None:
        """Let time pass for the portal."""
        self.skipped[0] += seconds

    def do(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something where the portal does everything: on its event loop."""

        async def done() -> T:
            return action(*args, **kwargs)

        return self.wait(done())

    def wait(self, work: Coroutine[None, None, T]) -> T:
        """Have the portal's event loop do some work, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def host(self, label: str = "") -> str:
        domain = self.settings.domain
        return f"{label}.{domain}:{self.port}" if label else f"{domain}:{self.port}"

    def device(self, label: str = "", **headers: str) -> httpx.Client:
        """Return a browser of its own on one host, or a program, as its headers say."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Host": self.host(label), "Accept": "text/html", **headers},
            timeout=40,
        )

    def operator(self) -> httpx.Client:
        key = keys.operator_key(self.settings.signing_key)
        return self.device("portal", Accept="application/json", Authorization=f"Bearer {key}")

    def provision(self, hashes: dict[str, str] | None = None) -> dict[str, list[str]]:
        """Tell the portal which seats there are, as provision does."""
        seats = {
            seat: {"attendee": "", "code_hash": text}
            for seat, text in (HASHES if hashes is None else hashes).items()
        }
        with self.operator() as operator:
            answer = operator.put("/operator/seats", json={"seats": seats})
        assert answer.status_code == 200, answer.text
        changed: dict[str, list[str]] = answer.json()
        return changed

    @contextmanager
    def claim(self, seat: str = "seat-07", name: str = "Ada") -> Iterator[httpx.Client]:
        """A device that has claimed a seat."""
        with self.device(label(seat)) as device:
            answer = device.post("/claim", data={"code": CODES[seat], "name": name})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            yield device


def label(seat: str) -> str:
    return f"s{seat.removeprefix('seat-')}"


def access(device: httpx.Client, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask what Caddy asks for a request of this device to a component."""
    forwarded = {"X-Forwarded-Method": method, "X-Forwarded-Uri": "/workspace/lab"}
    return device.get("/internal/access", headers={**forwarded, **headers})


@contextmanager
def portal(
    data: Path,
    *,
    signing_key: str = "k" * 43,
    scheme: str = "http",
    domain: str = DOMAIN,
    port: int = 0,
    own_authority: bool = False,
) -> Iterator[Running]:
    """Run a portal on the data in a folder until the end of the block; port 0 is any free one."""
    started: Queue[Running] = Queue()

    async def serve(listening: socket.socket) -> None:
        bound: int = listening.getsockname()[1]
        ports = {"grpc": 7233, "ui": 8233, "metrics": 8080}
        settings = Settings(
            "july", domain, scheme, bound, own_authority, ports, signing_key, data, LABS
        )
        skipped = [0.0]
        context = open_context(settings, lambda: time.time() + skipped[0])
        served = Server(context, "127.0.0.1", bound)
        serving = asyncio.create_task(served.serve(sockets=[listening]))
        while not served.started and not serving.done():
            await asyncio.sleep(0.02)
        started.put(Running(context, bound, served, asyncio.get_running_loop(), skipped))
        await serving

    def run(listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(listening))

    with socket.socket() as listening:
        # The port of a portal that has just ended is free again at once.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        thread = threading.Thread(target=run, args=(listening,), daemon=True)
        thread.start()
        running = started.get(timeout=30)
        try:
            yield running
        finally:
            running.served.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the portal did not end"
