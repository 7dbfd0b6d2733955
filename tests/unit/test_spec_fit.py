"""What a machine makes impossible, and how many seats fit it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.errors import SpecError
from classroom.spec import (
    ClassFile,
    MachineFacts,
    Overrides,
    Route,
    capacity,
    collisions,
    conflicts,
    load,
)
from classroom.spec.model import Limits, Ports, default_limits

ROOMY = MachineFacts(
    routes=(Route(IPv4Network("192.168.1.0/24"), "eth0"),),
    ports={},
    memory_available_mib=24_000,
    disk_free_mib=64_000,
    cpus=2,
)
SOURCES = {
    "subnet": "classroom.yml:4",
    "seats": "N=",
    "ports.http": "classroom.yml (default)",
    "ports.ui": "classroom.yml:9",
    "components.workspace.cpus": "classroom.yml:20",
}


def route(network: str, device: str, *, is_ours: bool = False) -> Route:
    return Route(IPv4Network(network), device, is_ours)


def test_the_default_classroom_fits_a_machine_with_room() -> None:
    assert conflicts(ClassFile(), SOURCES, ROOMY) == ()
    assert capacity(ClassFile(seats=70), SOURCES, ROOMY) is None


def test_all_conflicts_at_once_each_with_the_place_of_its_key() -> None:
    class_file = ClassFile(
        ports=Ports(http=80, ui=9000),
        limits=default_limits() | {"workspace": Limits(memory_mib=512, cpus=2.5, pids=64)},
    )
    machine = replace(
        ROOMY,
        routes=(route("10.0.0.0/8", "tun0"), route("10.70.3.0/24", "br-1")),
        ports={80: "nginx (pid 7)", 9000: "a process of user bob", 22: "sshd"},
    )
    assert conflicts(class_file, SOURCES, machine) == (
        "classroom.yml:4: subnet: 10.70.0.0/16 collides with a route to 10.0.0.0/8 by tun0, "
        "10.70.3.0/24 by br-1; 172.16.0.0/16 is free here",
        "classroom.yml (default): ports.http: 80 is in use by nginx (pid 7); stop that, or choose "
        "another port",
        "classroom.yml:9: ports.ui: 9000 is in use by a process of user bob; stop that, or choose "
        "another port",
        "classroom.yml:20: components.workspace.cpus: 2.5 is more cores than this machine has; "
        "use 2.0 or less",
    )


def test_routes_of_the_classroom_itself_are_no_conflict() -> None:
    ours = tuple(route(f"10.70.{seat}.0/24", f"br-{seat}", is_ours=True) for seat in range(4))
    assert conflicts(ClassFile(), SOURCES, replace(ROOMY, routes=ours)) == ()


@pytest.mark.parametrize(
    ("networks", "free"),
    [
        (["10.70.0.0/16"], "10.71.0.0/16 is free here"),
        (["10.70.0.0/15", "10.72.9.0/24"], "10.73.0.0/16 is free here"),
        (["10.64.0.0/10", "10.128.0.0/9", "172.16.0.0/12", "192.168.0.0/16"], "10.0.0.0/16 is"),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], "no private /16 is free here"),
    ],
)
def test_a_subnet_that_collides_is_told_the_next_free_one(networks: list[str], free: str) -> None:
    routes = tuple(route(network, "eth0") for network in networks)
    (conflict,) = conflicts(ClassFile(), SOURCES, replace(ROOMY, routes=routes))
    assert free in conflict


def test_many_colliding_routes_are_counted_not_listed() -> None:
    routes = tuple(route(f"10.70.{n}.0/24", f"br-{n}") for n in range(1, 71))
    (conflict,) = conflicts(ClassFile(), SOURCES, replace(ROOMY, routes=routes))
    assert "10.70.3.0/24 by br-3 and 67 more; 10.71.0.0/16 is free here" in conflict


def test_a_subnet_with_the_machines_name_server_in_it_is_refused() -> None:
    machine = replace(ROOMY, name_servers=(IPv4Address("10.70.255.53"), IPv4Address("10.71.0.1")))
    (conflict,) = conflicts(ClassFile(), SOURCES, machine)
    assert conflict == (
        "classroom.yml:4: subnet: 10.70.0.0/16 holds this machine's name server 10.70.255.53, "
        "which would be cut off; 10.72.0.0/16 is free here"
    )
    # A classroom that lives there already is not stopped from being mended.
    ours = (*ROOMY.routes, route("10.70.1.0/24", "br-1", is_ours=True))
    assert conflicts(ClassFile(), SOURCES, replace(machine, routes=ours)) == ()


def test_too_many_seats_are_told_the_figures_and_how_many_fit() -> None:
    machine = replace(ROOMY, memory_available_mib=12_000, disk_free_mib=20_000, seats_running=3)
    assert capacity(ClassFile(seats=70), SOURCES, machine) == (
        "N=: seats: 70 seats do not fit; N=43 does\n"
        "  memory: 67 more x 260 MiB + 1,536 MiB reserve = 18,956 MiB; 12,000 MiB are available, "
        "enough for 40 more\n"
        "  disk: 67 more x 307 MiB + 6,144 MiB for images = 26,713 MiB; 20,000 MiB are available, "
        "enough for 45 more"
    )
    built = replace(machine, images_present=True, memory_available_mib=24_000)
    assert capacity(ClassFile(seats=70), SOURCES, built) == (
        "N=: seats: 70 seats do not fit; N=68 does\n"
        "  disk: 67 more x 307 MiB = 20,569 MiB; 20,000 MiB are available, enough for 65 more"
    )


def test_where_nothing_fits_no_number_is_offered() -> None:
    tiny = replace(ROOMY, memory_available_mib=1_700)
    message = capacity(ClassFile(seats=1), SOURCES, tiny)
    assert message is not None
    assert message.startswith("N=: seats: 1 seat does not fit; not even one does\n")


def test_seats_that_run_already_need_nothing_more() -> None:
    full = replace(ROOMY, memory_available_mib=0, disk_free_mib=0, seats_running=70)
    assert capacity(ClassFile(seats=70), SOURCES, full) is None
    assert capacity(ClassFile(seats=3), SOURCES, full) is None


@given(
    seats=st.integers(1, 254),
    memory=st.integers(0, 100_000),
    disk=st.integers(0, 100_000),
    running=st.integers(0, 254),
    present=st.booleans(),
)
def test_the_number_that_is_offered_fits_and_one_more_does_not(
    seats: int, memory: int, disk: int, running: int, present: bool
) -> None:
    machine = MachineFacts((), {}, memory, disk, 2, running, present)
    message = capacity(ClassFile(seats=seats), SOURCES, machine)
    if message is None or "N=" not in message.partition(";")[2]:
        return
    offered = int(message.partition("; N=")[2].split()[0])
    assert offered < seats
    assert capacity(ClassFile(seats=offered), SOURCES, machine) is None
    assert capacity(ClassFile(seats=offered + 1), SOURCES, machine) is not None


def test_conflicts_know_the_places_that_load_tells(tmp_path: Path) -> None:
    file = tmp_path / "class.yml"
    file.write_text("seats: 3\nports:\n  ui: 8000\n")
    loaded = load(file, overrides=Overrides(seats="200"))
    busy = replace(ROOMY, cpus=1, ports={80: "x", 8000: "y"}, routes=(route("10.0.0.0/8", "e"),))
    found = conflicts(loaded.class_file, loaded.sources, busy)
    assert [text.split(": ")[:2] for text in found] == [
        [f"{file} (default)", "subnet"],
        [f"{file} (default)", "ports.http"],
        [f"{file}:3", "ports.ui"],
        [f"{file} (default)", "components.workspace.cpus"],
        [f"{file} (default)", "components.ingress.cpus"],
    ]
    assert (capacity(loaded.class_file, loaded.sources, busy) or "").startswith("N=: seats: 200")


def test_mistakes_in_the_file_and_collisions_are_told_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "class.yml"
    file.write_text("nmae: july\nseats: many\nports:\n  ui: 8000\n  grpc: x\n")
    machine = replace(ROOMY, ports={80: "x", 8000: "y", 7233: "z"})
    with pytest.raises(SpecError) as caught:
        load(file, collisions=lambda read: collisions(read, machine))
    told = [problem.removeprefix(f"{file}").split(": ")[:2] for problem in caught.value.problems]
    assert told == [
        [":1:1", "nmae"],
        [":2:1", "seats"],
        [":5:3", "ports.grpc"],
        [" (default)", "ports.http"],
        [":4", "ports.ui"],
    ]


@pytest.mark.parametrize("text", ["ports: 8000\n", "ports: [\n"])
def test_no_default_is_said_to_collide_where_something_else_is_written(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "class.yml"
    file.write_text(text)
    busy = replace(ROOMY, ports={80: "x", 8000: "y", 7233: "z"})
    with pytest.raises(SpecError) as caught:
        load(file, collisions=lambda read: collisions(read, busy))
    assert len(caught.value.problems) == 1
