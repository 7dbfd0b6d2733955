"""Whether a machine can hold a classroom: what collides, and how many seats fit. Pure.

`classroom.engine.machine` gathers the facts; preflight reports what is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Address, IPv4Network

from classroom.spec.document import Sources
from classroom.spec.lan import SERVICE
from classroom.spec.model import ClassFile
from classroom.spec.values import PRIVATE, SEAT_PREFIX

SEAT_MEMORY_MIB = 260
"""One idle seat, all in: the budget; 250 MB measured at N=20 and N=70 with bare API calls."""

RESERVE_MEMORY_MIB = 1536
"""For the ingress, the engine, the proof of 70 seats, and the machine's own page cache."""

SEAT_DISK_MIB = 307
"""0.3 GiB: Prometheus may keep 256 MB, an attendee's files and histories take the rest."""

IMAGES_DISK_MIB = 6 * 1024
"""Every image with its build stages, before anything is pruned."""

_MOST_NAMED = 3


@dataclass(frozen=True)
class Route:
    """A route of the machine; ``is_ours`` if it leads to a network of this classroom."""

    network: IPv4Network
    device: str
    is_ours: bool = False


@dataclass(frozen=True)
class MachineFacts:
    """What preflight needs to know of a machine.

    Attributes:
        routes: every IPv4 route but the default ones.
        ports: the class file's ports on which something else listens, and a description of it.
        memory_available_mib: what could be used without swapping (``MemAvailable``).
        disk_free_mib: free where the engine keeps its data.
        cpus: cores; the engine refuses a limit above them.
        name_servers: those that the machine's containers ask.
        has_listen_address: whether the class file's ``listen`` is an address of the machine.
        seat_addresses: where the name of a seat leads, as this machine's DNS says; with
            ``domain: auto`` only, and empty if nowhere.
        seats_running: seats of this classroom whose memory is in use already.
        images_present: whether the images are here, so that only seats need disk.
    """

    routes: tuple[Route, ...]
    ports: Mapping[int, str]
    memory_available_mib: int
    disk_free_mib: int
    cpus: int
    seats_running: int = 0
    images_present: bool = False
    name_servers: tuple[IPv4Address, ...] = ()
    has_listen_address: bool = True
    seat_addresses: tuple[str, ...] = ()


def collisions(class_file: ClassFile, machine: MachineFacts) -> tuple[tuple[str, str], ...]:
    """Everything in the class file that this machine makes impossible: keys, and what is wrong."""
    return (
        *_domain(class_file, machine),
        *_listen(class_file, machine),
        *_subnet(class_file, machine),
        *_ports(class_file, machine),
        *_cpus(class_file, machine),
    )


def conflicts(class_file: ClassFile, sources: Sources, machine: MachineFacts) -> tuple[str, ...]:
    """The collisions with this machine, a line of text each."""
    return tuple(f"{sources[key]}: {key}: {what}" for key, what in collisions(class_file, machine))


def capacity(class_file: ClassFile, sources: Sources, machine: MachineFacts) -> str | None:
    """Why the seats do not fit, with the figures and the number that does; None if they fit."""
    new = class_file.seats - machine.seats_running
    images = 0 if machine.images_present else IMAGES_DISK_MIB
    needs = (
        _Need(
            "memory", SEAT_MEMORY_MIB, RESERVE_MEMORY_MIB, "reserve", machine.memory_available_mib
        ),
        _Need("disk", SEAT_DISK_MIB, images, "for images", machine.disk_free_mib),
    )
    short = [need for need in needs if new > need.fitting]
    if not short:
        return None
    fitting = machine.seats_running + min(need.fitting for need in needs)
    wanted = "1 seat does" if class_file.seats == 1 else f"{class_file.seats} seats do"
    offer = f"N={fitting} does" if fitting else "not even one does"
    head = f"{sources['seats']}: seats: {wanted} not fit; {offer}"
    return "\n".join([head, *(f"  {need.sentence(new)}" for need in short)])


def _domain(class_file: ClassFile, machine: MachineFacts) -> Iterator[tuple[str, str]]:
    """Names that a service makes up have to arrive here; many networks filter such answers."""
    wanted = str(class_file.lan_address)
    if class_file.lan_address and machine.seat_addresses != (wanted,):
        led = ", ".join(machine.seat_addresses) or "nowhere"
        name = f"s01.{class_file.domain}"
        yield (
            "domain",
            f"auto is {class_file.domain}, but {name} leads to {led} and not to {wanted}: the DNS "
            f"of this network does not pass on {SERVICE}'s answers; one line for its dnsmasq does: "
            f"address=/{class_file.domain}/{wanted}",
        )


def _listen(class_file: ClassFile, machine: MachineFacts) -> Iterator[tuple[str, str]]:
    if not machine.has_listen_address:
        what = f"{class_file.listen} is not an address of this machine"
        yield "listen", f"{what}; `ip -4 -brief address` shows which are, or use 0.0.0.0"


def _subnet(class_file: ClassFile, machine: MachineFacts) -> Iterator[tuple[str, str]]:
    foreign = [route for route in machine.routes if not route.is_ours]
    met = [route for route in foreign if route.network.overlaps(class_file.subnet)]
    if met:
        named = ", ".join(f"{route.network} by {route.device}" for route in met[:_MOST_NAMED])
        more = f" and {len(met) - _MOST_NAMED} more" if len(met) > _MOST_NAMED else ""
        what = f"{class_file.subnet} collides with a route to {named}{more}"
        yield "subnet", f"{what}; {_free(machine)}"
        return
    asked = [server for server in machine.name_servers if server in class_file.subnet]
    if asked and not any(route.is_ours for route in machine.routes):
        # No route need lead there but the default one. What guards the seats' addresses would keep
        # all other containers of this machine from it, those that build images included.
        what = f"{class_file.subnet} holds this machine's name server {asked[0]}"
        yield "subnet", f"{what}, which would be cut off; {_free(machine)}"


def _free(machine: MachineFacts) -> str:
    free = _free_subnet(machine)
    return f"{free} is free here" if free else "no private /16 is free here"


def _free_subnet(machine: MachineFacts) -> IPv4Network | None:
    """A private /16 that no route leads into and no name server is in, near the default one."""
    all_16s = [net for private in PRIVATE for net in private.subnets(new_prefix=SEAT_PREFIX)]
    start = all_16s.index(ClassFile().subnet)
    taken = [route.network for route in machine.routes if not route.is_ours]
    taken += [IPv4Network(server) for server in machine.name_servers]
    for candidate in all_16s[start:] + all_16s[:start]:
        if not any(network.overlaps(candidate) for network in taken):
            return candidate
    return None


def _ports(class_file: ClassFile, machine: MachineFacts) -> Iterator[tuple[str, str]]:
    for field in fields(class_file.ports):
        port = getattr(class_file.ports, field.name)
        if port in machine.ports:
            what = f"{port} is in use by {machine.ports[port]}"
            yield f"ports.{field.name}", f"{what}; stop that, or choose another port"


def _cpus(class_file: ClassFile, machine: MachineFacts) -> Iterator[tuple[str, str]]:
    """Docker refuses to create a container with a limit above the machine's cores."""
    for component, limits in class_file.limits.items():
        if limits.cpus > machine.cpus:
            what = f"{limits.cpus} is more cores than this machine has"
            yield f"components.{component}.cpus", f"{what}; use {machine.cpus}.0 or less"


@dataclass(frozen=True)
class _Need:
    """What seats need of one resource, in MiB: so much each, on top of so much once."""

    what: str
    each: int
    once: int
    once_for: str
    available: int

    @property
    def fitting(self) -> int:
        """How many seats more would fit."""
        return max(0, (self.available - self.once) // self.each)

    def sentence(self, seats: int) -> str:
        once = f" + {self.once:,} MiB {self.once_for}" if self.once else ""
        needed = seats * self.each + self.once
        return (
            f"{self.what}: {seats} more x {self.each} MiB{once} = {needed:,} MiB; "
            f"{self.available:,} MiB are available, enough for {self.fitting} more"
        )
