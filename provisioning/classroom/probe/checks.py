"""What is done to prove each component, in order; the first check that fails decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

from classroom.probe.judge import (
    grafana,
    ingress,
    portal,
    prometheus,
    temporal,
    worker,
    workspace,
)
from classroom.probe.reply import LOOK, Unproven
from classroom.probe.result import State
from classroom.probe.target import Frontdoor, Seat
from classroom.probe.wire import Wire

API = "/api/v1/namespaces"

TARGETS = "/prometheus/api/v1/targets?state=active"

COMPLETION_SECONDS = 8.0
"""How long the Welcome workflow may take; an idle seat needs 0.1 s, one of 70 starting, two."""

PATIENCE_SECONDS = 6.0
"""A scrape that is due within this time is waited for before a target is called down."""


@dataclass(frozen=True)
class Proof:
    """A component as it was found to be: good, and the words and version that show it."""

    seen: str
    version: str = ""
    state: State = State.OK


Check = Callable[[Wire, Seat, bool], Awaitable[Proof]]


async def prove_ingress(wire: Wire, front: Frontdoor) -> Proof:
    """Prove that the ingress answers for itself, on each of its ports."""
    ingress.alive(await wire.get(front.host, "/healthz"), front.at(front.ports.http))
    for port in (front.ports.grpc, front.ports.ui, front.ports.metrics):
        ingress.listens(await wire.knock(front.host, port), front.at(port))
    return Proof("answers on all its ports")


async def prove_portal(wire: Wire, front: Frontdoor, planned: Collection[str]) -> Proof:
    """Prove that the portal writes its database, knows this machine's key, and the seats."""
    portal.alive(await wire.get(front.portal, "/healthz"))
    count = portal.enrolled(await wire.get(front.portal, "/operator/seats"), planned)
    return Proof(f"lets {count} {'seat' if count == 1 else 'seats'} be claimed")


async def prove_collector(wire: Wire, front: Frontdoor) -> Proof:
    """Prove that the class Prometheus runs, and reads what the classroom measures of itself."""
    host = front.console
    prometheus.ready(await wire.get(host, "/prometheus/-/ready"), prometheus.CLASS_WHY)
    build = await wire.get(host, "/prometheus/api/v1/status/buildinfo")
    version = prometheus.version(build)
    reply = await wire.get(host, TARGETS)
    pause = prometheus.until_collected(reply, datetime.now(UTC))
    if 0 < pause <= PATIENCE_SECONDS:
        # It, or the way to the portal, came up after its last scrape: the next one decides.
        await asyncio.sleep(pause)
        reply = await wire.get(host, TARGETS)
    return Proof(prometheus.collects(reply, datetime.now(UTC)), version)


async def prove_viewer(wire: Wire, front: Frontdoor) -> Proof:
    """Prove the class Grafana's database, and that it gets values from the class Prometheus."""
    return await _grafana(wire, front.console, grafana.CLASS_WHY, light=False)


async def prove_temporal(wire: Wire, seat: Seat, fresh: bool) -> Proof:
    """Prove gRPC, both namespaces and their retention, a workflow's life, the UI's page."""
    del fresh
    if "temporal" in seat.light:
        count = f"{API}/{temporal.PROBED}/workflow-count"
        temporal.counted(await wire.get(seat.host, count))
        return Proof("its API and its database answer")
    temporal.serving(await wire.grpc_health(seat.host))
    for namespace in temporal.NAMESPACES:
        temporal.retention(await wire.get(seat.host, f"{API}/{namespace}"), namespace)
    await _probe_workflow(wire, seat)
    version = temporal.version(await wire.get(seat.host, "/api/v1/cluster-info"))
    temporal.page(await wire.get(seat.host, "/temporal/"))
    return Proof("gRPC serving, 30 days kept, probe workflow started, read and closed", version)


async def _probe_workflow(wire: Wire, seat: Seat) -> None:
    path = f"{API}/{temporal.PROBED}/workflows/probe-{uuid4()}"
    run = temporal.started(await wire.post(seat.host, path, temporal.START))
    temporal.read_back(await wire.get(seat.host, path), run)
    temporal.closed(await wire.post(seat.host, f"{path}/terminate", temporal.CLOSE))


async def prove_worker(wire: Wire, seat: Seat, fresh: bool) -> Proof:
    """Prove that a worker works, or that its attendee stopped it.

    An attendee may start or stop one at any moment: what failed while the state changed is
    judged again by the new state.
    """
    state, detail = await _worker_state(wire, seat)
    try:
        return await _judge_worker(wire, seat, fresh, state, detail)
    except Unproven:
        now, detail = await _worker_state(wire, seat)
        if now == state:
            raise
    return await _judge_worker(wire, seat, fresh, now, detail)


async def _worker_state(wire: Wire, seat: Seat) -> tuple[str, str]:
    return worker.state(await wire.get(seat.host, "/workspace/api/worker"))


async def _judge_worker(wire: Wire, seat: Seat, fresh: bool, state: str, detail: str) -> Proof:
    if state == "crashed":
        raise Unproven("worker state", f"the welcome worker crashed: {detail}", worker.WHY)
    if state == "stopped":
        if seat.new:
            raise Unproven("worker state", f"stopped in a new seat: {detail}", worker.WHY)
        return Proof(detail or "stopped", state=State.STOPPED)
    said = "an attendee's worker runs" if state == "attendee" else "the welcome worker runs"
    if state == "welcome" and "worker" in seat.light:
        return Proof(said)
    metrics = await wire.get(seat.host, "/metrics/worker")
    if state == "attendee":
        # In a light pass too: the workspace knows only that the port is held, not by what.
        worker.attendees(metrics, State.FAILED if seat.new else State.STOPPED)
        return Proof(said)
    queue = f"{API}/default/task-queues/{worker.QUEUE}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW"
    worker.polls(await wire.get(seat.host, queue), datetime.now(UTC))
    worker.metrics(metrics)
    if not fresh:
        return Proof("the welcome worker polls")
    await _welcome(wire, seat)
    return Proof("the welcome worker completed a workflow")


async def _welcome(wire: Wire, seat: Seat) -> None:
    path = f"{API}/default/workflows/{worker.ID}"
    started = await wire.post(seat.host, path, worker.start_request(seat.name))
    run = quote(worker.run_of(started))
    wait = f"{path}/history?waitNewEvent=true&execution.runId={run}"
    wait += "&historyEventFilterType=HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT"
    worker.completed(started, await wire.get(seat.host, wait, limit=COMPLETION_SECONDS))


async def prove_prometheus(wire: Wire, seat: Seat, fresh: bool) -> Proof:
    """Prove that every target is scraped and up, unless it is down itself."""
    version = ""
    if "prometheus" not in seat.light:
        prometheus.ready(await wire.get(seat.host, "/prometheus/-/ready"))
        build = await wire.get(seat.host, "/prometheus/api/v1/status/buildinfo")
        version = prometheus.version(build)
    found, answering = await _scraped(wire, seat)
    pause = prometheus.until_scraped(found, answering)
    if 0 < pause <= PATIENCE_SECONDS:
        # It came up after its last scrape, or looks like it: the next one decides.
        await asyncio.sleep(pause)
        found, answering = await _scraped(wire, seat)
    return Proof(prometheus.blame(found, answering, fresh=fresh), version)


async def _scraped(wire: Wire, seat: Seat) -> tuple[list[prometheus.Target], frozenset[str]]:
    found = await _targets(wire, seat)
    return found, await _answering(wire, seat, prometheus.down(found))


async def _targets(wire: Wire, seat: Seat) -> list[prometheus.Target]:
    reply = await wire.get(seat.host, TARGETS)
    return prometheus.targets(reply, datetime.now(UTC))


async def _answering(wire: Wire, seat: Seat, down: list[prometheus.Target]) -> frozenset[str]:
    """Ask what is down for Prometheus for its metrics; return the jobs of those that have them."""
    answering = set()
    for target in down:
        path = prometheus.ELSEWHERE.get(target.job)
        if path and prometheus.scrapable(await wire.head_of(seat.host, path)):
            answering.add(target.job)
    return frozenset(answering)


async def prove_grafana(wire: Wire, seat: Seat, fresh: bool) -> Proof:
    """Prove Grafana's database and that its data source answers a query."""
    del fresh
    return await _grafana(wire, seat.host, LOOK, light="grafana" in seat.light)


async def _grafana(wire: Wire, host: str, fix: str, *, light: bool) -> Proof:
    version = grafana.version(await wire.get(host, "/grafana/api/health"), fix)
    if light:
        return Proof("its server and its database answer", version)
    reply = await wire.post(host, "/grafana/api/ds/query", grafana.REQUEST)
    try:
        count = grafana.answers(reply, fix)
    except Unproven:
        grafana.source(await wire.get(host, "/prometheus/-/ready"))
        raise
    return Proof(f"its data source answers with {count} values", version)


async def prove_workspace(wire: Wire, seat: Seat, fresh: bool) -> Proof:
    """Prove that JupyterLab's page and its server's API are served."""
    del fresh
    workspace.server(await wire.get(seat.host, "/workspace/api"))
    if "workspace" in seat.light:
        return Proof("its server answers")
    version = workspace.version(await wire.get(seat.host, "/workspace/lab"))
    return Proof("serves JupyterLab", version)


CHECKS: dict[str, Check] = {
    "temporal": prove_temporal,
    "worker": prove_worker,
    "prometheus": prove_prometheus,
    "grafana": prove_grafana,
    "workspace": prove_workspace,
}
