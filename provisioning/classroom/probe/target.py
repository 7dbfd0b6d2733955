"""What a probe is told about a classroom: its seats and its front door, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from classroom.spec.model import Ports
from classroom.spec.secret import Secret

COMPONENTS = ("temporal", "worker", "prometheus", "grafana", "workspace")
"""What can be proven of a seat, in the order in which tables show it."""

INGRESS = "ingress"
"""Seat and component of the result that speaks of the front door itself."""

PORTAL = "portal"
"""Component of the front door that says who may pass; its results have the seat `INGRESS`."""


CONSOLE = "console"
"""First label of the host name of what the instructor alone may see."""

COLLECTOR = "prometheus"
"""The class Prometheus; its results have the seat `INGRESS`, and no seat waits for them."""

VIEWER = "grafana"
"""The class Grafana, the same; a classroom that goes without Grafana has none."""


@dataclass(frozen=True)
class Seat:
    """One seat, as seen from outside.

    Attributes:
        name: ``seat-07``.
        host: the host name the ingress knows it by, ``s07.localhost``.
        components: what of it was planned, a subset of :data:`COMPONENTS`.
        new: whether this run created it. Nobody has been there yet, so nobody can have
            stopped its worker on purpose: a stopped worker is then a failure.
        key: opens this seat to the probe; None asks as a stranger would.
        light: components of which is only asked whether they answer, with no version and no
            workflow started: for who looks every few seconds and proves in full now and then.
        enrolled: whether the portal has to know it: a probe's key opens a seat that nobody else
            can enter.
    """

    name: str
    host: str
    components: tuple[str, ...] = COMPONENTS
    new: bool = False
    key: Secret | None = None
    light: frozenset[str] = frozenset()
    enrolled: bool = True


@dataclass(frozen=True)
class Frontdoor:
    """The ingress as this machine reaches it.

    Attributes:
        address: where it listens.
        ports: its published ports.
        domain: seat 7 is ``s07.<domain>``.
        trust: certificates in PEM, one of which its own must lead to; None if it speaks no TLS.
        operator: opens the operator's API of the portal; None asks as a stranger would.
        viewer: whether a class Grafana was planned behind it.
    """

    address: str
    ports: Ports
    domain: str
    trust: str | None = None
    operator: Secret | None = None
    viewer: bool = False

    @property
    def own(self) -> tuple[tuple[str, str], ...]:
        """Seat and component of what is there once, behind the portal: no seat waits for it."""
        parts = (COLLECTOR, VIEWER) if self.viewer else (COLLECTOR,)
        return tuple((INGRESS, part) for part in parts)

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "http" if self.trust is None else "https"

    @property
    def host(self) -> str:
        """The host name by which the ingress answers for itself."""
        return f"{INGRESS}.{self.domain}"

    @property
    def console(self) -> str:
        """The host name of what the instructor alone may see."""
        return f"{CONSOLE}.{self.domain}"

    @property
    def portal(self) -> str:
        """The host name of the operator's API."""
        return f"{PORTAL}.{self.domain}"

    def at(self, port: int) -> str:
        """One of its ports, as ``address:port``."""
        return f"{self.address}:{port}"
