"""A seat reaches its own components, and of the rest only what the class file allows."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import permutations

import docker
import pytest

from classroom.plan.firewall import Firewall, applied
from classroom.spec.model import EgressPolicy
from tests.integration.conftest import Room
from tests.security.elsewhere import HERE, NAMESERVER, NAMESPACE, PUBLIC, REFUSED
from tests.security.reach import (
    ECHO_PORT,
    Target,
    answers,
    answers_here,
    echoing,
    every_kind,
    listening,
    reached,
)
from tests.security.rooms import address, containers, seats
from tests.security.rules import egress, live, load, mend, only_our_rules


def asks(room: Room, seat: str) -> str:
    return f"{room.name}-{seat}-workspace"


def nothing_reached(who: str, found: dict[Target, str]) -> None:
    __tracebackhide__ = True
    lines = [f"{who} reaches {target}: {found[target]}" for target in reached(found)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def all_reached(who: str, found: dict[Target, str]) -> None:
    """Fail unless everything was reached: a probe that sees nothing proves nothing."""
    __tracebackhide__ = True
    lines = [f"{who} does not reach {t}: {found[t]}" for t in found.keys() - reached(found)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


@contextmanager
def plain(room: Room, name: str, network: str, dns: Sequence[str] = ()) -> Iterator[str]:
    """Run a container that does nothing, on one of the room's networks."""
    image = containers(room)[asks(room, "seat-01")]["Config"]["Image"]
    container = room.client.create_container(
        image,
        ["sleep", "600"],
        name=name,
        host_config=room.client.create_host_config(network_mode=network, init=True, dns=list(dns)),
    )["Id"]
    try:
        room.client.start(container)
        yield name
    finally:
        room.client.remove_container(container, force=True)


# 1. Siblings.


def everything_of(room: Room, seat: str) -> list[Target]:
    """Return what there is of a seat to reach, by address and by name."""
    found = [
        target
        for component, port in (("temporal", 7233), ("prometheus", 9090), ("workspace", 8888))
        for name in [f"{room.name}-{seat}-{component}"]
        for target in (*every_kind(address(room, name, seat), port), Target("name", name))
    ]
    ingress = address(room, f"{room.name}-ingress", seat)
    return [*found, *every_kind(ingress, 8000)]


@pytest.mark.parametrize("docker_isolates", [True, False], ids=["whole", "our-rules-alone"])
def test_no_seat_reaches_a_sibling(room: Room, docker_isolates: bool) -> None:
    with nullcontext() if docker_isolates else only_our_rules(room):
        for seat, sibling in permutations(seats(room), 2):
            all_reached(seat, answers(room.client, asks(room, seat), everything_of(room, seat)))
            found = answers(room.client, asks(room, seat), everything_of(room, sibling))
            nothing_reached(f"{seat}, of its sibling {sibling},", found)


def test_no_pair_of_six_seats(room: Room) -> None:
    """The rules are about addresses: a seat is a network of the room's, whoever is in it."""
    base = IPv4Network(room.spec["subnet"])
    numbers = range(201, 207)
    networks = {n: f"cwt-pairs-{n}" for n in numbers}
    image = containers(room)[asks(room, "seat-01")]["Config"]["Image"]
    made: list[str] = []
    try:
        for number, network in networks.items():
            subnet = str(IPv4Network((int(base.network_address) + (number << 8), 24)))
            ipam = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=subnet)])
            room.client.create_network(network, driver="bridge", ipam=ipam)
            for role in ("asks", "answers"):
                container = room.client.create_container(
                    image,
                    ["sleep", "600"],
                    name=f"{network}-{role}",
                    host_config=room.client.create_host_config(network_mode=network, init=True),
                )["Id"]
                made.append(container)
                room.client.start(container)
        targets = {n: everything_on(room, networks[n]) for n in numbers}
        everything = [target for found in targets.values() for target in found]
        with only_our_rules(room):
            for number in numbers:
                found = answers(room.client, f"{networks[number]}-asks", everything)
                for other in numbers:
                    judge = all_reached if other == number else nothing_reached
                    who = f"seat {number}, asking {other},"
                    judge(who, {target: found[target] for target in targets[other]})
    finally:
        for container in made:
            room.client.remove_container(container, force=True)
        for network in networks.values():
            room.client.remove_network(network)


def everything_on(room: Room, network: str) -> list[Target]:
    name = f"{network}-answers"
    networks = room.client.inspect_container(name)["NetworkSettings"]["Networks"]
    return [*every_kind(networks[network]["IPAddress"]), Target("name", name)]


# 2. The machine itself.


def test_no_seat_reaches_the_machine(room: Room, outside: None) -> None:
    gateways = [gateway_of(room, seat) for seat in seats(room)]
    places = [*gateways, HERE]
    with echoing(places):
        everything = [target for place in places for target in every_kind(place)]
        all_reached("this machine", answers_here(everything))
        for seat in seats(room):
            found = answers(room.client, asks(room, seat), everything)
            nothing_reached(f"{seat}, of this machine,", found)


def gateway_of(room: Room, seat: str) -> str:
    inspected = room.client.inspect_container(asks(room, seat))
    gateway: str = inspected["NetworkSettings"]["Networks"][f"{room.name}-{seat}"]["Gateway"]
    return gateway


# 4. The world.


@pytest.fixture
def policy(room: Room, request: pytest.FixtureRequest) -> Iterator[None]:
    """Put another egress policy in force for a test, as an instructor would."""
    before, wanted = egress(room), request.param
    if before == wanted:  # `make mutate` changed it, and something else besides
        yield
        return
    room.write(egress=wanted)
    room.run("machine")
    yield
    room.write(egress=before)
    room.run("machine")


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("kind", REFUSED)
def test_internet_does_not_mean_what_is_near(room: Room, kind: str) -> None:
    world = every_kind(PUBLIC)
    near = every_kind(REFUSED[kind])
    all_reached("this machine", answers_here([*world, *near]))
    found = answers(room.client, asks(room, "seat-01"), [*world, *near])
    all_reached("seat-01", {target: found[target] for target in world})
    nothing_reached("seat-01", {target: found[target] for target in near})


@pytest.mark.usefixtures("outside", "policy")
@pytest.mark.parametrize("policy", ["open"], indirect=True)
def test_open_means_all_but_siblings_and_the_machine(room: Room) -> None:
    world = [t for place in (PUBLIC, *REFUSED.values()) for t in every_kind(place)]
    all_reached("seat-01", answers(room.client, asks(room, "seat-01"), world))
    gateway = gateway_of(room, "seat-01")
    with echoing([gateway, HERE]), only_our_rules(room):
        for other in (*every_kind(gateway), *every_kind(HERE), *everything_of(room, "seat-02")):
            nothing_reached("seat-01", answers(room.client, asks(room, "seat-01"), [other]))


@pytest.mark.usefixtures("outside", "policy")
@pytest.mark.parametrize("policy", ["none"], indirect=True)
def test_none_means_nothing_but_the_seat(room: Room) -> None:
    asker = asks(room, "seat-01")
    world = [t for place in (PUBLIC, *REFUSED.values()) for t in every_kind(place)]
    all_reached("this machine", answers_here(world))
    nothing_reached("seat-01", answers(room.client, asker, world))
    all_reached("seat-01", answers(room.client, asker, everything_of(room, "seat-01")))


@pytest.mark.usefixtures("outside")
def test_a_stricter_class_file_ends_what_is_open(room: Room) -> None:
    script = (
        "import socket, sys, time\n"
        "one = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)\n"
        "began = time.monotonic()\n"
        "while time.monotonic() < began + 60:\n"
        "    one.sendall(b'?')\n"
        "    try:\n"
        "        one.recv(1)\n"
        "    except OSError:\n"
        "        break\n"
        "    time.sleep(0.2)\n"
        "    if time.monotonic() > began + 1: print('.', end='')\n"
        "else:\n"
        "    print('still open')\n"
    )
    said: list[str] = []

    def hold() -> None:
        words = ("python", "-c", script, PUBLIC, str(ECHO_PORT))
        said.append(room.exec("seat-01", "workspace", *words))

    strict = Firewall(room.name, (IPv4Network(room.spec["subnet"]),), EgressPolicy.NONE)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        time.sleep(3)
        load(applied(strict, live()))
        holder.join(30)
        assert not holder.is_alive(), "a connection that was open goes on"
    finally:
        mend(room)
        holder.join()
    assert "still open" not in said[0]
    assert "." in said[0], "the connection was never open"


NAMES = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind((sys.argv[1], 53))
print("listening", flush=True)
while True:
    query, sender = one.recvfrom(512)
    end = query.index(b"\\0", 12) + 5
    is_a = query[end - 4 : end - 2] == b"\\0\\1"
    head = query[:2] + b"\\x81\\x80\\0\\1" + (b"\\0\\1" if is_a else b"\\0\\0") + b"\\0\\0\\0\\0"
    answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton(sys.argv[2])
    one.sendto(head + query[12:end] + (answer if is_a else b""), sender)
"""


@pytest.mark.usefixtures("outside")
def test_names_of_the_world_need_the_rule_for_the_machines_name_servers(room: Room) -> None:
    """Docker's resolver asks from within the container, so from a seat's address."""
    name = Target("name", "proof.example")
    network = f"{room.name}-seat-01"
    without = Firewall(room.name, (IPv4Network(room.spec["subnet"]),), EgressPolicy.INTERNET)
    with_rule = replace(without, resolvers=(IPv4Address(NAMESERVER),))
    nothing = replace(with_rule, egress=EgressPolicy.NONE)
    names = ["ip", "netns", "exec", NAMESPACE, "python3", "-c", NAMES, NAMESERVER, PUBLIC]
    with listening(names), plain(room, "cwt-names", network, dns=[NAMESERVER]) as asker:
        try:
            for firewall, resolves in ((without, False), (with_rule, True), (nothing, False)):
                load(applied(firewall, live()))
                found = answers(room.client, asker, [name, Target("name", "temporal")])
                judge = all_reached if resolves else nothing_reached
                judge("seat-01", {name: found[name]})
                all_reached("seat-01", {t: a for t, a in found.items() if t != name})
        finally:
            mend(room)


def test_nobody_has_ipv6(room: Room) -> None:
    """The rules are about IPv4: there has to be no other way."""
    for name, container in containers(room).items():
        lines = _if_inet6(container["State"]["Pid"])
        found = [line.split()[-1] for line in lines if line.split()[-1] != "lo"]
        if found:
            pytest.fail(f"{name} has an IPv6 address on {', '.join(found)}", pytrace=False)
    for seat in seats(room):
        network = room.client.inspect_network(f"{room.name}-{seat}")
        assert network["EnableIPv6"] is False, f"{seat}'s network has IPv6"


def _if_inet6(pid: int) -> list[str]:
    done = subprocess.run(
        ["nsenter", "--target", str(pid), "--net", "cat", "/proc/net/if_inet6"],
        capture_output=True,
        text=True,
        check=False,  # there is none where the kernel has no IPv6
    )
    return done.stdout.splitlines()


# 8. The ingress is no road.

RECEIVE = """
import json, socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("0.0.0.0", 4343))
one.settimeout(8)
try:
    print(json.dumps(one.recv(99).decode()))
except OSError:
    print("null")
"""


def test_the_ingress_forwards_nothing(room: Room) -> None:
    """Whoever could choose routes in seat-01 (nobody can) gets no packet to seat-02 through it."""
    road = address(room, f"{room.name}-ingress", "seat-01")
    own = address(room, asks(room, "seat-01"), "seat-01")
    sibling = address(room, asks(room, "seat-02"), "seat-02")
    with plain(room, "cwt-road", f"{room.name}-seat-01") as sender:
        pid = room.client.inspect_container(sender)["State"]["Pid"]
        route = ["ip", "route", "add", f"{sibling}/32", "via", road]
        subprocess.run(["nsenter", "--target", str(pid), "--net", *route], check=True)
        assert received(room, "seat-01", sender, own) == "hello", "not even within the seat"
        if received(room, "seat-02", sender, sibling) is not None:
            pytest.fail("the ingress forwards from seat-01 to seat-02", pytrace=False)


def received(room: Room, seat: str, sender: str, where: str) -> str | None:
    """Return the datagram that comes to a seat's workspace while ``sender`` sends some."""
    said: list[str] = []
    job = ("python", "-c", RECEIVE)
    receiver = threading.Thread(target=lambda: said.append(room.exec(seat, "workspace", *job)))
    receiver.start()
    send = (
        "import socket, sys, time\n"
        "one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for _ in range(60):\n"
        "    try: one.sendto(b'hello', (sys.argv[1], 4343))\n"
        "    except OSError: pass\n"
        "    time.sleep(0.1)\n"
    )
    identifier = room.client.exec_create(sender, ["python", "-c", send, where])["Id"]
    room.client.exec_start(identifier)
    receiver.join()
    found: str | None = json.loads(said[0])
    return found


def test_the_ingress_has_no_admin_api(room: Room) -> None:
    """Caddy's admin API listens on port 2019 wherever it is on."""
    ingress = address(room, f"{room.name}-ingress", "seat-01")
    admin, itself = (Target("tcp", ingress, port) for port in (2019, 8000))
    deadline = time.monotonic() + 30
    while (found := answers(room.client, asks(room, "seat-01"), [admin, itself]))[itself] != (
        "connected"
    ):
        assert time.monotonic() < deadline, "the ingress itself was not reached"
        time.sleep(0.5)
    if found[admin] == "connected":
        pytest.fail("seat-01 reaches the ingress's admin API", pytrace=False)
