"""A front door with so many seats behind it that are none, for the class's Prometheus to read.

It runs in the portal's image, ``python -c <this file> SEATS``: what it says of the room is what the
portal would say, and what it says of a seat has the names and the number of the real rules.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from portal.console.grid import Known
from portal.counted import Counted
from portal.metrics.room import of_room
from portal.observed import Health, Observation, Quota
from portal.progress import AtWork, Goal, Lab, Progress
from portal.store.results import Reached
from portal.store.seats import Seat

PORT = 8002
COMPONENTS = ("temporal", "worker", "prometheus", "grafana", "workspace")
CONTAINERS = ("temporal", "prometheus", "grafana", "workspace")
OWN = ("ingress", "portal", "prometheus", "grafana")
LABS = tuple(f"D{day}L{number}" for day in (1, 2) for number in range(1, 6))
OUTCOMES = ("completed", "failed", "timed out", "canceled", "terminated", "continued as new")
WELL = Health("ok", "", "", "", "1.0")
FILES = Quota(1000, 2000, stopped=False)
BEGAN = time.time()


def names(count: int) -> list[str]:
    """Return the seats' names."""
    return [f"seat-{number:02d}" for number in range(1, count + 1)]


class Room(Collector):
    """What the portal and watch say, the whole room at work."""

    def __init__(self, seats: list[str]) -> None:
        self._seats = seats
        self._reached = [Reached(s, lab, 3, BEGAN) for s in seats for lab in LABS]

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of this moment."""
        now = time.time()
        goals = [Goal(f"S{n}", "a goal") for n in range(4)]
        known = Known(
            "simulated",
            "",
            [Seat(seat, "", "", 1, now) for seat in self._seats],
            (),
            (),
            {},
            Observation(
                now,
                WELL,
                {seat: dict.fromkeys(COMPONENTS, WELL) for seat in self._seats},
                {seat: dict.fromkeys(COMPONENTS, FILES) for seat in self._seats},
                WELL,
                WELL,
                WELL,
            ),
            Progress(
                now,
                [Lab(lab, "a lab", goals) for lab in LABS],
                {seat: AtWork(LABS[0]) for seat in self._seats},
            ),
            self._reached,
        )
        yield from of_room(known, now)
        yield from self._machine(now - BEGAN)

    def _machine(self, age: float) -> Iterator[Metric]:
        whose = ("seat", "component")
        cpu = CounterMetricFamily(
            "classroom_container_cpu_seconds", "as watch has it", labels=whose
        )
        memory = GaugeMetricFamily(
            "classroom_container_memory_bytes", "as watch has it", labels=whose
        )
        seats = itertools.product(self._seats, CONTAINERS)
        for labels in (*seats, *(("ingress", part) for part in OWN)):
            cpu.add_metric(labels, age / 100)
            memory.add_metric(labels, 6e7)
        yield cpu
        yield memory
        busy = CounterMetricFamily(
            "classroom_machine_cpu_seconds", "as watch has it", labels=("mode",)
        )
        busy.add_metric(("busy",), age)
        busy.add_metric(("stolen",), 0)
        yield busy
        for name, value in (("cores", 2), ("memory_bytes", 24e9), ("memory_available_bytes", 6e9)):
            yield GaugeMetricFamily(f"classroom_machine_{name}", "as watch has it", value=value)
        for name, value in (("disk_bytes", 2e11), ("disk_available_bytes", 1e11)):
            yield GaugeMetricFamily(f"classroom_machine_{name}", "as watch has it", value=value)


def told_by_a_seat() -> str:
    """Return a page as prometheus/federated.rules.yml makes it."""
    now = int(time.time() - BEGAN)
    totals = ("workflows_started", "activities_retried", "activity_attempts_failed")
    lines = [
        "seat:temporal:up 1",
        "seat:worker:up 1",
        "seat:pollers:sum 10",
        "seat:workflow_tasks_failed:total 0",
        *(f"seat:{name}:total {now}" for name in totals),
        *(f'seat:workflows_ended:total{{outcome="{outcome}"}} {now}' for outcome in OUTCOMES),
        *(f"seat:{name}:count 0" for name in ("workflows_running", "workflows_stuck")),
        "seat:queues_unserved:count 0",
    ]
    return "\n".join(f"{line} {int(time.time() * 1000)}" for line in lines) + "\n"


class Door(BaseHTTPRequestHandler):
    """Answers whole addresses, as the ingress's inner listener does."""

    protocol_version = "HTTP/1.1"
    seats: list[str]
    registry: CollectorRegistry

    def do_GET(self) -> None:
        """Answer by the host that is asked for."""
        asked = urlsplit(self.path)
        label, _, domain = (asked.hostname or "").partition(".")
        if label == "metrics" and asked.path == "/targets":
            found = [
                {"targets": [f"s{seat[5:]}.{domain}"], "labels": {"seat": seat}}
                for seat in self.seats
            ]
            self._say("application/json", json.dumps(found).encode())
        elif label == "metrics":
            self._say("text/plain; version=0.0.4", generate_latest(self.registry))
        else:
            self._say("text/plain; version=0.0.4", told_by_a_seat().encode())

    def _say(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing of each request."""


def main() -> None:
    """Serve until the container is removed."""
    counted = Counted()
    counted.event("claimed")
    counted.refusal("wrong code")
    Door.seats, Door.registry = names(int(sys.argv[1])), counted.registry
    counted.registry.register(Room(Door.seats))
    ThreadingHTTPServer(("0.0.0.0", PORT), Door).serve_forever()  # noqa: S104 - a container's own


if __name__ == "__main__":
    main()
