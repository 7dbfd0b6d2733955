"""What should exist: the class file and the templates, rendered to data.

Pure: the same class file, image tags and templates always give the same classroom.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from classroom.plan import names
from classroom.spec.model import HTTP_PORT, HTTPS_PORT, ClassFile, TlsPolicy
from classroom.spec.seats import host_label

# The C versions are ten times as fast, which 70 seats feel; PyYAML's wheels have them.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True)
class ConfigFile:
    """A file that a component reads from its configuration volume.

    ``content`` is None for a secret, which never becomes part of a plan: its value is made on the
    machine that applies the plan, or is in the file ``source`` there, or is the classroom's metrics
    key, which is derived from the secret ``derived_from``.
    """

    volume: str
    path: str
    content: str | None
    mode: int = 0o644
    source: str = ""
    derived_from: str = ""

    @property
    def secret(self) -> str:
        """Name under which the secret is kept, or what it is derived from, for one made here."""
        kept = self.derived_from or self.path
        return kept if self.content is None and not self.source else ""


@dataclass(frozen=True)
class Service:
    """One container of a stack; ``hash`` covers its definition and its configuration files."""

    component: str
    container: str
    image: str
    hash: str
    volumes: tuple[str, ...]
    files: tuple[ConfigFile, ...] = ()


@dataclass(frozen=True)
class Stack:
    """A seat, or the ingress: one network, some volumes, some services, one Compose project."""

    name: str
    project: str
    network: str
    subnet: str
    services: tuple[Service, ...]
    compose: str

    @property
    def volumes(self) -> tuple[str, ...]:
        """Names of all volumes of the stack, in the order in which services mention them."""
        return tuple(dict.fromkeys(v for s in self.services for v in s.volumes))


@dataclass(frozen=True)
class Desired:
    """A whole classroom as it should be; an empty one is what teardown wants."""

    classroom: str
    stacks: Mapping[str, Stack] = field(default_factory=dict)


def url(class_file: ClassFile, label: str = "") -> str:
    """Return the address of the front page, or of one label below the domain; without a slash."""
    scheme, usual = ("http", HTTP_PORT)
    if class_file.tls is not TlsPolicy.OFF:
        scheme, usual = ("https", HTTPS_PORT)
    host = f"{label}.{class_file.domain}" if label else class_file.domain
    port = "" if class_file.ports.http == usual else f":{class_file.ports.http}"
    return f"{scheme}://{host}{port}"


def seat_url(class_file: ClassFile, seat: str) -> str:
    """Return the address that an attendee opens, without a trailing slash."""
    return url(class_file, host_label(seat))


def seat_subnet(base: IPv4Network, number: int) -> str:
    """Return the /24 of seat ``number``: 10.70.7.0/24 for seat 7; number 0 is the ingress's."""
    return str(IPv4Network((int(base.network_address) + (number << 8), 24)))


def desired(class_file: ClassFile, images: Mapping[str, str], root: Path) -> Desired:
    """Render the classroom that ``class_file`` describes.

    Args:
        class_file: the validated class file.
        images: image tag per component, and ``class-grafana``; a Grafana without one is left out.
        root: the checkout, which holds ``compose/`` and ``prometheus/``.
    """
    environment = Environment(
        loader=FileSystemLoader([root / "compose", root / "prometheus"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )
    stacks = [_ingress(class_file, images, environment)]
    stacks += [_seat(class_file, images, environment, n) for n in range(1, class_file.seats + 1)]
    return Desired(class_file.name, {stack.name: stack for stack in stacks})


def _ingress(class_file: ClassFile, images: Mapping[str, str], environment: Environment) -> Stack:
    prefix = names.prefix(class_file.name, names.INGRESS)
    text = environment.get_template("classroom.yml.j2").render(
        classroom=class_file.name,
        prefix=prefix,
        images=images,
        limits=class_file.limits,
        domain=class_file.domain,
        url=url(class_file),
        console=url(class_file, "console"),
        tls=class_file.tls,
        listen=class_file.listen,
        ports=class_file.ports,
    )
    scrape = environment.get_template("class.yml.j2").render(
        classroom=class_file.name, domain=class_file.domain, ingress=prefix
    )
    signing, config = "signing-key", f"{prefix}-prometheus-config"
    files = {
        "portal": (ConfigFile(f"{prefix}-portal-config", signing, None, 0o600),),
        "prometheus": (
            ConfigFile(config, "prometheus.yml", scrape),
            ConfigFile(config, "metrics-key", None, 0o600, derived_from=signing),
        ),
        "grafana": _grafana(prefix),
        "ingress": tuple(_certificate(f"{prefix}-config", class_file)),
    }
    subnet = seat_subnet(class_file.subnet, 0)
    return _stack(class_file.name, names.INGRESS, subnet, text, files)


def _grafana(prefix: str) -> tuple[ConfigFile, ...]:
    """Return what any Grafana reads: a seat's, and the class's."""
    return (ConfigFile(f"{prefix}-grafana-config", "admin-password", None, 0o600),)


def _certificate(volume: str, class_file: ClassFile) -> Iterator[ConfigFile]:
    """Yield the certificate and its key, as the instructor has them in files.

    Of the two only the certificate goes into the hash of the service. That is enough: a new key is
    of no use without a certificate that names it.
    """
    if class_file.tls_key is not None:
        yield ConfigFile(volume, "certificate.pem", class_file.tls_certificate)
        yield ConfigFile(volume, "key.pem", None, 0o600, source=str(class_file.tls_key))


def _seat(
    class_file: ClassFile,
    images: Mapping[str, str],
    environment: Environment,
    number: int,
) -> Stack:
    seat = names.seat_name(number)
    prefix = names.prefix(class_file.name, seat)
    url = seat_url(class_file, seat)
    facts = {
        "seat": seat,
        "classroom": class_file.name,
        "prefix": prefix,
        "url": url,
        "ports": class_file.ports,
        "images": images,
        "limits": class_file.limits,
    }
    scrape = environment.get_template("prometheus.yml.j2").render(facts)
    files = {
        "prometheus": (ConfigFile(f"{prefix}-prometheus-config", "prometheus.yml", scrape),),
        "grafana": _grafana(prefix),
    }
    text = environment.get_template("seat.yml.j2").render(facts)
    return _stack(class_file.name, seat, seat_subnet(class_file.subnet, number), text, files)


def _stack(
    classroom: str,
    name: str,
    subnet: str,
    text: str,
    files: Mapping[str, tuple[ConfigFile, ...]],
) -> Stack:
    document: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is the safe one
    volumes = {key: value["name"] for key, value in document.get("volumes", {}).items()}
    services = tuple(
        _service(classroom, name, component, definition, volumes, files.get(component, ()))
        for component, definition in document["services"].items()
    )
    for service in services:
        document["services"][service.component]["labels"] = {
            **names.identity(classroom, name, service.component),
            names.LABEL_HASH: service.hash,
        }
    prefix = names.prefix(classroom, name)
    compose = yaml.dump(document, Dumper=_Dumper, sort_keys=False)
    return Stack(name, prefix, prefix, subnet, services, compose)


def _service(
    classroom: str,
    stack: str,
    component: str,
    definition: dict[str, Any],
    volumes: Mapping[str, str],
    files: tuple[ConfigFile, ...],
) -> Service:
    hashed = [definition, [[f.path, f.content, f.mode] for f in files]]
    digest = hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()[:12]
    mounted = tuple(
        volumes[m["source"]] for m in definition.get("volumes", ()) if m["type"] == "volume"
    )
    return Service(
        component=component,
        container=names.container_name(classroom, stack, component),
        image=definition["image"],
        hash=digest,
        volumes=mounted,
        files=files,
    )
