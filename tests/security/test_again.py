"""All of it holds on: after a second provision, after a restart of the engine, or of all (14)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from tests.integration.conftest import Room
from tests.integration.test_firewall import EMPTY, GO, START, STOP, at_start, play
from tests.integration.test_machine import PYTHON, Machine, Step, machine
from tests.security import test_anonymous, test_containers, test_network, test_secrets
from tests.security.asking import HEALTH, Question
from tests.security.door import Guest, answers, guest, host, new_codes, outside
from tests.security.reach import ECHO, ECHO_PORT, PROBE
from tests.security.rules import live

__all__ = ["machine"]

CHECKS: tuple[Callable[[Room], None], ...] = (
    test_containers.test_only_the_ingress_publishes_ports,
    test_containers.test_no_privileges_are_lent,
    test_containers.test_nobody_has_the_engines_socket_or_a_folder_of_the_machine,
    test_containers.test_every_process_is_nobody_special,
    test_containers.test_everything_is_finite,
    test_network.test_nobody_has_ipv6,
    partial(test_network.test_no_seat_reaches_a_sibling, docker_isolates=False),
    partial(test_anonymous.test_nobody_reaches_a_component, where="outside"),
    partial(test_anonymous.test_nobody_reaches_what_the_portal_keeps, where="outside"),
    test_secrets.test_a_secrets_file_is_its_owners_alone,
    test_secrets.test_what_the_portal_keeps_is_its_own,
)


@contextmanager
def said_of(when: str) -> Iterator[None]:
    """Have a test that fails within say when it did."""
    __tracebackhide__ = True
    try:
        yield
    except pytest.fail.Exception as failure:
        pytest.fail(f"{when}: {failure.msg}", pytrace=False)


def rules_of(room: Room) -> list[str]:
    return [line for line in live().text.splitlines() if f"cls-{room.name}-" in line]


def still_opens(room: Room, who: Guest) -> list[str]:
    questions = (
        Question(host(who.seat), "/workspace/api/contents", headers=who.with_cookie),
        Question(host(who.seat), HEALTH, "GRPC", "grpc", who.with_key),
    )
    return [answer for _, answer in answers(outside(room), questions)]


def test_a_second_provision_leaves_it_as_it_is(room: Room) -> None:
    who = guest(room, "seat-01", new_codes(room)["seat-01"])
    containers, rules = room.ids(), rules_of(room)
    room.run("provision")
    room.unwatch()
    for check in CHECKS:
        with said_of("after a second provision"):
            check(room)
    assert rules_of(room) == rules
    assert room.ids() == containers
    assert still_opens(room, who) == ["200", "grpc OK"], "somebody was forgotten"


# A throwaway engine, whose seats are namespaces on its networks: rules are about addresses.

SEATS = {"one": "10.235.1.2", "two": "10.235.2.2", "of-two": "10.235.2.3"}
GATEWAY = "10.235.1.1"


def new_seats() -> str:
    lines = [
        f"docker network create --subnet 10.235.{n}.0/24"
        f" --opt com.docker.network.bridge.name=go{n} go-seat-0{n}"
        for n in (1, 2)
    ]
    for name, address in SEATS.items():
        network = address.split(".")[2]
        lines += [
            f"ip netns add {name}",
            f"ip link add {name} type veth peer name inner netns {name}",
            f"ip link set {name} master go{network} up",
            f"ip -n {name} address add {address}/24 dev inner",
            f"ip -n {name} link set inner up",
            f"ip -n {name} link set lo up",
            f"ip -n {name} route add default via 10.235.{network}.1",
        ]
    for prefix, address in (("ip netns exec two", SEATS["two"]), ("", GATEWAY)):
        echo = f"{prefix} {PYTHON} -c {shlex.quote(ECHO)} {ECHO_PORT} {address}"
        lines.append(f"({echo} >/run/echo 2>&1 &)")
    # Docker's own isolation set aside, for it would do as well.
    return "\n".join(["set -e", *lines, "sleep 1", ASIDE])


ASIDE = (
    "iptables -I DOCKER-USER $((1 + $(iptables -S DOCKER-USER | grep -c -e '-j cls-')))"
    " -s 10.235.0.0/16 -d 10.235.0.0/16 -j ACCEPT"
)
"""Behind our rules, where there are any."""


def asking(who: str) -> str:
    """Ask whoever is there to be asked, from a seat or from the machine itself."""
    questions = [
        [kind, address, ECHO_PORT] for address in (SEATS["two"], GATEWAY) for kind in ("tcp", "udp")
    ]
    prefix = f"ip netns exec {who} " if who else ""
    return f"{prefix}{PYTHON} -c {shlex.quote(PROBE)} {shlex.quote(json.dumps(questions))}"


@dataclass(frozen=True)
class Asked:
    """Who reaches seat two, and who the machine."""

    sibling: bool
    machine: bool

    @classmethod
    def read(cls, step: Step) -> Asked:
        assert step.code == 0, step.text
        found = [not answer.startswith("!") for answer in json.loads(step.text)]
        return cls(sibling=any(found[:2]), machine=any(found[2:]))


@pytest.fixture(scope="module")
def seen(machine: Machine) -> dict[str, Step]:
    def asked(when: str) -> dict[str, str]:
        return {f"{when}_{who}": asking(who) for who in ("one", "of-two")} | {
            f"{when}_machine": asking("")
        }

    return machine(
        {
            "first": play(GO),
            "seats": new_seats(),
            **asked("first"),
            "engine": f"{STOP}; {START}",
            **asked("engine"),
            "reboot": f"{STOP}; {EMPTY}; {at_start('go')}; {START}; {ASIDE}",
            **asked("reboot"),
        }
    )


@pytest.mark.parametrize(
    ("moment", "when"),
    [
        ("first", "at first"),
        ("engine", "after a restart of the engine"),
        ("reboot", "after a start of the machine"),
    ],
)
def test_seats_are_kept_apart(seen: dict[str, Step], moment: str, when: str) -> None:
    assert seen["seats"].code == 0, seen["seats"].text
    assert Asked.read(seen[f"{moment}_of-two"]).sibling, "not even within the seat"
    assert Asked.read(seen[f"{moment}_machine"]).machine, "not even the machine itself"
    one = Asked.read(seen[f"{moment}_one"])
    if one.sibling:
        pytest.fail(f"{when} a seat reaches its sibling", pytrace=False)
    if one.machine:
        pytest.fail(f"{when} a seat reaches the machine", pytrace=False)
