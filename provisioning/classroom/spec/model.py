"""The class file as typed, immutable data. Defaults live here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

COMPONENTS = ("temporal", "prometheus", "grafana", "workspace")
"""The components of a seat, in the order in which tables show them."""

_SUBNET = IPv4Network("10.70.0.0/16")

HTTP_PORT, HTTPS_PORT = 80, 443
"""What browsers try without being told a port."""

MAX_SEATS = 254
"""Seat N lives in the Nth /24 of the classroom's /16, so 254 is the most that fits."""


class ImagePolicy(StrEnum):
    """Where images come from: a registry, a local build, or a registry if one answers."""

    AUTO = "auto"
    PULL = "pull"
    BUILD = "build"


class GrafanaPolicy(StrEnum):
    """What a Grafana that cannot be had means: go on and say so, stop, or never wanted."""

    AUTO = "auto"
    REQUIRED = "required"
    OFF = "off"


class TlsPolicy(StrEnum):
    """What the ingress speaks: HTTP, or HTTPS with its own authority or the given certificate."""

    OFF = "off"
    INTERNAL = "internal"
    FILES = "files"


class EgressPolicy(StrEnum):
    """Where a seat may connect to besides its own components: out, nowhere, or anywhere."""

    INTERNET = "internet"
    NONE = "none"
    OPEN = "open"


@dataclass(frozen=True)
class Attendee:
    """One person on the course, as the attendees' CSV names them."""

    name: str
    email: str = ""


@dataclass(frozen=True)
class Limits:
    """What one container may use: memory in MiB, CPUs as a fraction of cores, processes."""

    memory_mib: int
    cpus: float
    pids: int


@dataclass(frozen=True)
class Ports:
    """Ports on the machine's side of the ingress; ``http`` is the HTTPS port once there is TLS."""

    http: int = HTTP_PORT
    grpc: int = 7233
    ui: int = 8233
    metrics: int = 8080


@dataclass(frozen=True)
class Versions:
    """Pinned upstream versions, wherever a route lets one choose."""

    temporal: str = "1.9.1"
    prometheus: str = "3.5.3"
    grafana: str = "12.2.0"
    caddy: str = "2.11.7"


def default_limits() -> dict[str, Limits]:
    """Limits per component: several times what an idle seat was measured to need."""
    return {
        "temporal": Limits(memory_mib=512, cpus=1.0, pids=128),
        "prometheus": Limits(memory_mib=256, cpus=0.5, pids=64),
        "grafana": Limits(memory_mib=384, cpus=1.0, pids=128),
        "workspace": Limits(memory_mib=1024, cpus=1.5, pids=512),
        "ingress": Limits(memory_mib=512, cpus=2.0, pids=512),
        "portal": Limits(memory_mib=256, cpus=1.0, pids=128),
    }


def is_local(domain: str) -> bool:
    """Whether a domain means this machine alone: ``localhost``, or a name below it."""
    return domain.rpartition(".")[2] == "localhost"


@dataclass(frozen=True)
class ClassFile:
    """One classroom as its instructor describes it.

    ``seats`` is the number of seats; ``attendees`` names the first of them and is never longer.
    ``lan_address`` is what ``domain: auto`` stands for here; None for a domain that was written.
    ``tls_certificate`` is the certificate and its intermediates in PEM, ``tls_key`` the file with
    its private key; both are there with ``tls: files`` and neither otherwise.
    ``quota`` is what each component of a seat may keep, in GiB.
    ``extra_ca`` is a PEM bundle that images trust on top of their own, or None.
    ``grafana_tarball`` is the official tarball on this machine, or None to download it.
    """

    name: str = "temporal"
    seats: int = 3
    attendees: tuple[Attendee, ...] = ()
    domain: str = "localhost"
    lan_address: IPv4Address | None = None
    tls: TlsPolicy = TlsPolicy.OFF
    tls_certificate: str = ""
    tls_key: Path | None = None
    listen: str = "127.0.0.1"
    ports: Ports = Ports()
    subnet: IPv4Network = _SUBNET
    egress: EgressPolicy = EgressPolicy.INTERNET
    quota: int = 2
    images: ImagePolicy = ImagePolicy.AUTO
    registry: str = "docker.io"
    grafana: GrafanaPolicy = GrafanaPolicy.AUTO
    grafana_tarball: Path | None = None
    extra_ca: Path | None = None
    versions: Versions = Versions()
    limits: dict[str, Limits] = field(default_factory=default_limits)
