"""What the keys of a class file mean: the one list of them, in the order of classroom.yml."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from classroom.spec.attendees import attendees
from classroom.spec.document import Document, Section
from classroom.spec.entrance import Entrance, read_entrance
from classroom.spec.files import certificates, tarball
from classroom.spec.floors import FLOORS
from classroom.spec.model import (
    MAX_SEATS,
    Attendee,
    ClassFile,
    EgressPolicy,
    GrafanaPolicy,
    ImagePolicy,
    Limits,
    Ports,
    Versions,
)
from classroom.spec.problems import Place, Problems, Refused, excerpt
from classroom.spec.values import (
    CPUS,
    NAME,
    PORT,
    QUOTA,
    REGISTRY,
    SEATS,
    SPARE,
    SUBNET,
    VERSION,
    Kind,
    memory,
    one_of,
    pids,
)

T = TypeVar("T")
D = TypeVar("D")

_DEFAULTS = ClassFile()
_SEATS = replace(SEATS, allowed=f"{SEATS.allowed}, or {{csv: FILE, spare: NUMBER}}")


@dataclass(frozen=True)
class Overrides:
    """What the command line says over the class file, as written; an empty text says nothing.

    Attributes:
        seats: ``N=``. With an attendees' file, its first N people get a seat.
        grafana: ``GRAFANA=``, a tarball; a relative path starts at the current directory.
    """

    seats: str = ""
    grafana: str = ""


class Reading:
    """One pass over a document, from the first key to the last."""

    def __init__(self, document: Document, folder: Path, problems: Problems) -> None:
        self.root = document.root
        self.sources = document.sources
        self.folder = folder
        self.problems = problems

    def class_file(self, overrides: Overrides) -> ClassFile:
        """Everything the document and the command line say; whatever was refused, as default."""
        root = self.root
        name = root.take("name", NAME, _DEFAULTS.name)
        people, seats = self._seats(overrides)
        entrance = read_entrance(root, self.folder, self.problems)
        class_file = ClassFile(
            name=name,
            seats=seats,
            attendees=people[:seats],
            domain=entrance.domain,
            lan_address=entrance.lan_address,
            tls=entrance.tls,
            tls_certificate=entrance.tls_certificate,
            tls_key=entrance.tls_key,
            listen=entrance.listen,
            ports=self._ports(entrance),
            subnet=root.take("subnet", SUBNET, _DEFAULTS.subnet),
            egress=root.take("egress", one_of(EgressPolicy), _DEFAULTS.egress),
            quota=root.take("quota", QUOTA, _DEFAULTS.quota),
            images=root.take("images", one_of(ImagePolicy), _DEFAULTS.images),
            registry=root.take("registry", REGISTRY, _DEFAULTS.registry),
            grafana=root.take("grafana", one_of(GrafanaPolicy), _DEFAULTS.grafana),
            grafana_tarball=self._tarball(overrides),
            extra_ca=root.take("extra_ca", certificates(self.folder), None),
            versions=_versions(root.section("versions")),
            limits=_limits(root.section("components")),
        )
        if overrides.grafana and class_file.grafana is GrafanaPolicy.OFF:
            what = f"a tarball for a Grafana that is off ({self.sources['grafana']})"
            self.problems.add(Place("GRAFANA="), f"{what}; leave one of the two out")
        return class_file

    def _seats(self, overrides: Overrides) -> tuple[tuple[Attendee, ...], int]:
        people: tuple[Attendee, ...] = ()
        if self.root.is_section("seats"):
            people, seats = self._listed(self.root.section("seats"))
        else:
            seats = self.root.take("seats", _SEATS, _DEFAULTS.seats)
        return people, self._override("N=", overrides.seats, SEATS, "seats", seats)

    def _listed(self, section: Section) -> tuple[tuple[Attendee, ...], int]:
        """A seat for everybody in the attendees' file, and spare ones."""
        people = section.take("csv", attendees(self.folder, self.problems), ())
        spare = section.take("spare", SPARE, 0)
        if not section.has("csv"):
            self.root.refuse("seats", "no csv; name the attendees' file, or write a number")
        if len(people) + spare > MAX_SEATS >= len(people):
            what = f"{spare} and {len(people)} attendees are more than {MAX_SEATS} seats"
            section.refuse("spare", f"{what}; use at most {MAX_SEATS - len(people)}")
        return people, len(people) + spare

    def _tarball(self, overrides: Overrides) -> Path | None:
        written = self.root.take("grafana_tarball", tarball(self.folder), None)
        kind = tarball(Path.cwd())
        return self._override("GRAFANA=", overrides.grafana, kind, "grafana_tarball", written)

    def _override(self, word: str, given: str, kind: Kind[T], key: str, written: D) -> T | D:
        """What the command line says instead of a key, if it says anything."""
        if not given:
            return written
        self.sources[key] = word
        try:
            return kind.parse(given)
        except Refused as refused:
            what = f"{excerpt(given)} {refused.why}; {refused.instead or kind.allowed}"
            self.problems.add(Place(word), what)
            return written

    def _ports(self, entrance: Entrance) -> Ports:
        section = self.root.section("ports")
        ports = Ports(
            http=section.take("http", PORT, entrance.http_port),
            grpc=section.take("grpc", PORT, _DEFAULTS.ports.grpc),
            ui=section.take("ui", PORT, _DEFAULTS.ports.ui),
            metrics=section.take("metrics", PORT, _DEFAULTS.ports.metrics),
        )
        self._distinct(section, ports)
        return ports

    def _distinct(self, section: Section, ports: Ports) -> None:
        """Four listeners need four ports; a port that was refused collides with nothing."""
        users: dict[int, str] = {}
        names = [field.name for field in fields(ports)]
        # Written ports come last, so that the one to change is named, never a default.
        for name in sorted(names, key=section.has):
            port = getattr(ports, name)
            if self.problems.about(f"ports.{name}"):
                continue
            first = users.setdefault(port, name)
            if first != name:
                what = f"{port} is ports.{first} already, {section.where(first)}"
                section.refuse(name, f"{what}; use another port")


def _versions(section: Section) -> Versions:
    default = _DEFAULTS.versions
    return Versions(
        temporal=section.take("temporal", VERSION, default.temporal),
        prometheus=section.take("prometheus", VERSION, default.prometheus),
        grafana=section.take("grafana", VERSION, default.grafana),
        caddy=section.take("caddy", VERSION, default.caddy),
    )


def _limits(components: Section) -> dict[str, Limits]:
    limits = {}
    for component, default in _DEFAULTS.limits.items():
        section, floor = components.section(component), FLOORS[component]
        limits[component] = Limits(
            memory_mib=section.take(
                "memory", memory(floor.memory_mib, floor.why), default.memory_mib
            ),
            cpus=section.take("cpus", CPUS, default.cpus),
            pids=section.take("pids", pids(floor.pids), default.pids),
        )
    return limits
