"""What a seat has, as its home lists it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from classroom.spec.seats import host_label
from portal.settings import Settings


@dataclass(frozen=True)
class Address:
    """A link and what to call it."""

    text: str
    href: str


@dataclass(frozen=True)
class Tool:
    """One card of the home.

    Attributes:
        component: whose state it shows, as health calls it.
        title: its name.
        what: what it is for, in a sentence.
        open: where it is.
        more: further addresses, those of the course's own ports among them.
    """

    component: str
    title: str
    what: str
    open: Address
    more: tuple[Address, ...] = ()


def tools(settings: Settings, seat: str) -> tuple[Tool, ...]:
    """Return the tools of ``seat-07``, in the order in which they are needed."""
    host = f"{host_label(seat)}.{settings.domain}"

    def at_port(name: str, path: str) -> Address:
        address = f"{host}:{settings.ports[name]}{path}"
        return Address(address, f"{settings.scheme}://{address}")

    return (
        Tool(
            "workspace",
            "Workspace",
            "Begin here: the first lab's guide is open. Editor and terminals are in the browser,"
            " Python and the temporal command are set up.",
            Address("Open the workspace", "/workspace/"),
        ),
        Tool(
            "temporal",
            "Temporal",
            "Your own server's pages: workflows, their histories, task queues.",
            Address("Open the Temporal UI", "/temporal/"),
            (at_port("ui", "/"),),
        ),
        Tool(
            "grafana",
            "Grafana",
            "Dashboards of your server and your workers.",
            Address("Open Grafana", "/grafana/"),
        ),
        Tool(
            "prometheus",
            "Prometheus",
            "Every metric of your seat, by query.",
            Address("Open Prometheus", "/prometheus/"),
        ),
        Tool(
            "worker",
            "Worker and server metrics",
            "As Prometheus reads them: your worker's live while one runs.",
            Address("Worker metrics", "/metrics/worker"),
            (
                Address("Server metrics", "/metrics/server"),
                at_port("metrics", "/metrics"),
                at_port("grpc", "/metrics"),
            ),
        ),
    )
