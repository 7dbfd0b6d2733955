"""The rules that keep seats apart and away from this machine, as text for ``iptables-restore``.

Pure. The engine package reads the rules in force, the role ``firewall`` puts them in force; what
they are is decided here alone. They are written as ``iptables-save`` prints them, so that
comparing is comparing lines.

Four chains a classroom: ``fwd`` hangs in DOCKER-USER, the place that Docker leaves to others and
keeps through its restarts; ``out`` is what seats send beyond their own network; ``inp`` hangs in
INPUT; ``own`` is what seats send to this machine itself. No rule accepts: what passes here goes on
to the rules of Docker and of the machine. Refusals say so (ICMP): a program in a seat fails at
once instead of waiting for a time limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from classroom.spec.model import EgressPolicy
from classroom.spec.values import PRIVATE

PREFIX = "cls-"
"""Begins the name of every chain of ours; with 20 characters of a name the kernel's 28 are full."""

DOCKER_CHAIN = "DOCKER-USER"
HOOKS = {DOCKER_CHAIN: "fwd", "INPUT": "inp"}
"""Chain of others -> chain of ours that it begins with."""

NOT_THE_INTERNET = {
    **dict.fromkeys(PRIVATE, "private addresses"),
    IPv4Network("169.254.0.0/16"): "link-local, where clouds serve metadata",
    IPv4Network("168.63.129.16/32"): "the same, on Azure",
    IPv4Network("100.64.0.0/10"): "carrier-grade NAT",
    IPv4Network("224.0.0.0/4"): "multicast addresses",
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("127.0.0.0/8"): "loopback addresses",
    IPv4Network("192.0.0.0/24"): "protocol assignments",
    IPv4Network("198.18.0.0/15"): "benchmark addresses",
    IPv4Network("240.0.0.0/4"): "reserved, broadcast",
}
"""What ``egress: internet`` refuses: IANA's special-purpose addresses (RFC 6890) that lead to
machines nearby, and the one public address at which a cloud answers its own machines
(learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16)."""

_REFUSE = "-j REJECT --reject-with icmp-admin-prohibited"
_ANSWERS = "-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j RETURN"
_ROLES = ("fwd", "out", "inp", "own")


@dataclass(frozen=True)
class Firewall:
    """What a classroom's rules depend on.

    Attributes:
        classroom: its name.
        subnets: the /16 of its seats; while a room moves, the one it leaves as well.
        egress: what the class file allows.
        resolvers: name servers that the engine's own resolver asks from inside a seat's network.
    """

    classroom: str
    subnets: tuple[IPv4Network, ...]
    egress: EgressPolicy
    resolvers: tuple[IPv4Address, ...] = ()


def chain(classroom: str, role: str) -> str:
    """Return the name of one of a classroom's chains."""
    return f"{PREFIX}{classroom}-{role}"


def chains(classroom: str) -> tuple[str, ...]:
    """Return the names of all chains of a classroom."""
    return tuple(chain(classroom, role) for role in _ROLES)


def rules(firewall: Firewall) -> tuple[str, ...]:
    """Return the rules of the classroom's own chains, in order."""
    return tuple(
        f"-A {chain(firewall.classroom, role)} {rule}"
        for role, lines in (
            ("fwd", _forwarded(firewall)),
            ("out", _leaving(firewall)),
            ("inp", _to(firewall, "own")),
            ("own", _own(firewall)),
        )
        for rule in lines
    )


def _forwarded(firewall: Firewall) -> Iterator[str]:
    # Where br_netfilter is loaded, frames within one bridge pass here too: components of a seat
    # among themselves, and the ingress with them.
    yield "-m physdev --physdev-is-bridged -j RETURN"
    # Only answers: the rest of an open connection is judged again with each packet, so that a
    # stricter class file also ends what is open.
    yield _ANSWERS
    yield from _to(firewall, "out")
    # Nothing is routed to a seat, whoever sends it, but what Docker publishes: the ingress's ports.
    for subnet in firewall.subnets:
        yield f"-d {subnet} -m conntrack ! --ctstate DNAT {_REFUSE}"


def _to(firewall: Firewall, role: str) -> Iterator[str]:
    for subnet in firewall.subnets:
        yield f"-s {subnet} -g {chain(firewall.classroom, role)}"


def _leaving(firewall: Firewall) -> Iterator[str]:
    for subnet in firewall.subnets:
        yield f'-d {subnet} -m comment --comment "another seat" {_REFUSE}'
    if firewall.egress is EgressPolicy.NONE:
        yield _REFUSE
    if firewall.egress is EgressPolicy.INTERNET:
        yield from _names(firewall)
        for network, what in NOT_THE_INTERNET.items():
            yield f'-d {network} -m comment --comment "{what}" {_REFUSE}'


def _own(firewall: Firewall) -> Iterator[str]:
    yield _ANSWERS
    if firewall.egress is not EgressPolicy.NONE:
        yield from _names(firewall)
    yield _REFUSE


def _names(firewall: Firewall) -> Iterator[str]:
    """Docker's resolver in a container asks the machine's name servers from that container."""
    for resolver in firewall.resolvers:
        for protocol in ("udp", "tcp"):
            yield f"-d {resolver}/32 -p {protocol} -m {protocol} --dport 53 -j RETURN"


@dataclass(frozen=True)
class Live:
    """The filter table as ``iptables-save`` prints it; empty text is a table that nobody filled."""

    text: str = ""

    def rules(self, *chains: str) -> tuple[str, ...]:
        """Return the rules of these chains, in the table's order."""
        begin = tuple(f"-A {chain} " for chain in chains)
        return tuple(line for line in self.text.splitlines() if line.startswith(begin))

    def has(self, chain: str) -> bool:
        """Whether there is such a chain."""
        return any(line.startswith(f":{chain} ") for line in self.text.splitlines())

    @property
    def docker_asks(self) -> bool:
        """Whether an engine has put its DOCKER-USER into this table."""
        return f"-A FORWARD -j {DOCKER_CHAIN}" in self.rules("FORWARD")


def guarded(text: str, classroom: str) -> tuple[IPv4Network, ...]:
    """Return the subnets that rules, in force or in a file, guard for a classroom."""
    begin = f"-A {chain(classroom, 'fwd')} -s "
    return tuple(
        IPv4Network(line.removeprefix(begin).split()[0])
        for line in text.splitlines()
        if line.startswith(begin)
    )


def differences(firewall: Firewall, live: Live) -> tuple[str, ...]:
    """Return why the rules in force are not those of ``firewall``; nothing when they are."""
    classroom = firewall.classroom
    ours = chains(classroom)
    if not any(live.has(name) for name in ours):
        return (f"no rules guard the seats of classroom {classroom}",)
    found = []
    in_force = [rule for name in ours for rule in live.rules(name)]
    if in_force != list(rules(firewall)):
        missing = [rule for rule in rules(firewall) if rule not in in_force]
        found.append(f"the rules of {classroom}'s seats differ: {(missing or ['their order'])[0]}")
    for place, role in HOOKS.items():
        hook = f"-A {place} -j {chain(classroom, role)}"
        first = [r for r in live.rules(place) if r == hook or f" -j {PREFIX}" not in r][:1]
        if first != [hook] or live.rules(place).count(hook) != 1:
            found.append(f"{place} does not begin with the rules of {classroom}'s seats")
    return tuple(found)


def fresh(firewall: Firewall) -> str:
    """Return what puts the rules in force on a machine that has just started."""
    return _table([*_declared(firewall.classroom), *rules(firewall), *_hooked(firewall.classroom)])


def applied(firewall: Firewall, live: Live) -> str:
    """Return what puts the rules in force in place of what is there now, in one step."""
    # A declared chain is emptied, so only one that does not exist yet may be.
    missing = [] if live.has(DOCKER_CHAIN) else [f":{DOCKER_CHAIN} - [0:0]"]
    return _table(
        [
            *missing,
            *_declared(firewall.classroom),
            *rules(firewall),
            *_unhooked(firewall.classroom, live),
            *_hooked(firewall.classroom),
        ]
    )


def removed(classroom: str, live: Live) -> str:
    """Return what takes the classroom's rules out of force."""
    names = [name for name in chains(classroom) if live.has(name)]
    return _table(
        [
            *_unhooked(classroom, live),
            *(f"-F {name}" for name in names),
            *(f"-X {name}" for name in names),
        ]
    )


def undo(classroom: str) -> str:
    """Return what takes the rules out of force where `fresh` or `applied` put them."""
    hooks = [f"-A {place} -j {chain(classroom, role)}" for place, role in HOOKS.items()]
    return removed(classroom, Live("\n".join([*_declared(classroom), *hooks])))


def _declared(classroom: str) -> list[str]:
    return [f":{name} - [0:0]" for name in chains(classroom)]


def _hooked(classroom: str) -> list[str]:
    return [f"-I {place} 1 -j {chain(classroom, role)}" for place, role in HOOKS.items()]


def _unhooked(classroom: str, live: Live) -> list[str]:
    ours = {f"-A {place} -j {chain(classroom, role)}" for place, role in HOOKS.items()}
    return [f"-D {rule.removeprefix('-A ')}" for rule in live.rules(*HOOKS) if rule in ours]


def _table(lines: list[str]) -> str:
    return "\n".join(["*filter", *lines, "COMMIT", ""])
