"""This machine's facts, from real sockets and from what the kernel and ``ip`` print."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path

import pytest

from classroom.engine.machine import (
    Listener,
    addresses_of,
    gather,
    parse_listeners,
    parse_routes,
)
from classroom.spec import ClassFile, MachineFacts, Route
from classroom.spec.model import Ports


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def facts(
    port: int, *, own: frozenset[int] = frozenset(), listen: str = "127.0.0.1"
) -> MachineFacts:
    return gather(
        ClassFile(listen=listen, ports=Ports(http=port, grpc=1, ui=2, metrics=3)),
        ours=(),
        own_ports=own,
        data_root=Path("/var/lib/there/is/no/engine/yet"),
        seats_running=2,
        images_present=True,
    )


def port_of(server: socket.socket) -> int:
    port = server.getsockname()[1]
    assert isinstance(port, int)
    return port


def test_a_port_in_use_names_its_process(listening: socket.socket) -> None:
    port = port_of(listening)
    assert facts(port).ports.keys() == {port}
    assert facts(port).ports[port].endswith(f"(pid {os.getpid()})")


def test_a_port_of_our_own_ingress_or_of_another_address_is_free(listening: socket.socket) -> None:
    port = port_of(listening)
    assert facts(port, own=frozenset({port})).ports == {}
    assert facts(port, listen="127.0.0.9").ports == {}


def test_a_wildcard_listener_takes_every_address() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - that's what is tested
        assert port_of(server) in facts(port_of(server), listen="127.0.0.9").ports


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("both", [True, False])
def test_an_ipv6_wildcard_counts_only_if_it_takes_ipv4(both: bool) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=both) as server:
        assert (port_of(server) in facts(port_of(server)).ports) == both


def test_the_machine_has_memory_disk_and_cores() -> None:
    here = facts(4)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    assert 0 < here.memory_available_mib <= total
    assert here.disk_free_mib > 0
    assert here.cpus == os.cpu_count()
    assert (here.seats_running, here.images_present) == (2, True)


def test_routes_without_defaults_refusals_and_the_machines_own_addresses() -> None:
    listing = """[
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": []},
        {"dst": "10.70.1.0/24", "dev": "br-1", "scope": "link", "flags": ["linkdown"]},
        {"dst": "100.64.0.7", "dev": "tailscale0", "table": "52", "flags": []},
        {"dst": "10.8.0.0/16", "nexthops": [{"dev": "a"}, {"dev": "b"}], "flags": []},
        {"type": "blackhole", "dst": "10.0.0.0/8", "flags": []},
        {"type": "local", "dst": "127.0.0.1", "dev": "lo", "table": "local", "flags": []},
        {"type": "broadcast", "dst": "10.70.1.255", "dev": "br-1", "flags": []}
    ]"""
    assert list(parse_routes(listing, ours=[IPv4Network("10.70.1.0/24")])) == [
        Route(IPv4Network("10.70.1.0/24"), "br-1", is_ours=True),
        Route(IPv4Network("100.64.0.7/32"), "tailscale0"),
        Route(IPv4Network("10.8.0.0/16"), "several devices"),
    ]


def test_listeners_as_the_kernel_prints_them() -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ...\n"
    rest = "00000000:00000000 00:00000000 00000000"
    table = (
        f"{head}   0: 0100007F:2029 00000000:0000 0A {rest}  1000  0 4711 1 0 100 0 0 10 0\n"
        f"   1: 0200000A:0050 0300000A:A1B2 01 {rest}     0  0 4712 1 0 100 0 0 10 0\n"
        f"   2: {'0' * 32}:0050 {'0' * 32}:0000 0A {rest}     0  0 4713 1 0 100 0 0 10 0\n"
        f"   3: 0000000000000000FFFF00000100007F:0051 {'0' * 32}:0000 0A {rest}  0  0 4714 1 0\n"
    )
    assert list(parse_listeners(table)) == [
        Listener(IPv4Address("127.0.0.1"), 8233, 1000, 4711),
        Listener(IPv6Address("::"), 80, 0, 4713),
        Listener(IPv4Address("127.0.0.1"), 81, 0, 4714),
    ]


def test_an_address_of_another_machine_is_told_from_its_own() -> None:
    assert facts(4).has_listen_address
    assert facts(4, listen="0.0.0.0").has_listen_address  # noqa: S104 - every address is its own
    assert not facts(4, listen="192.0.2.7").has_listen_address


def test_where_a_name_leads_is_this_machines_word_for_it() -> None:
    assert addresses_of("localhost") == ("127.0.0.1",)
    assert addresses_of("s01.nowhere.invalid") == ()
    assert facts(4).seat_addresses == ()
