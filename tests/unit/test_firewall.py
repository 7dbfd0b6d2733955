"""The firewall's rules as text, and what is said of rules that are not those."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from classroom.engine import firewall as engine
from classroom.engine import resolvers
from classroom.engine.firewall import Guard
from classroom.plan.firewall import (
    DOCKER_CHAIN,
    HOOKS,
    Firewall,
    Live,
    applied,
    chain,
    chains,
    differences,
    fresh,
    guarded,
    removed,
    rules,
    undo,
)
from classroom.spec.model import EgressPolicy
from classroom.spec.values import MAX_NAME

SUBNET = IPv4Network("10.70.0.0/16")
RESOLVER = IPv4Address("192.168.1.1")
FIREWALL = Firewall("go", (SUBNET,), EgressPolicy.INTERNET, (RESOLVER,))
OTHER = Firewall("other", (IPv4Network("10.71.0.0/16"),), EgressPolicy.NONE)


def live(*firewalls: Firewall, extra: tuple[str, ...] = ()) -> Live:
    """What iptables-save prints after these were put in force, the last one first in the hooks."""
    lines = [f":{DOCKER_CHAIN} - [0:0]", f"-A FORWARD -j {DOCKER_CHAIN}"]
    lines += [f":{name} - [0:0]" for f in firewalls for name in chains(f.classroom)]
    for place, role in HOOKS.items():
        lines += [f"-A {place} -j {chain(f.classroom, role)}" for f in reversed(firewalls)]
    lines += [f"-A {DOCKER_CHAIN} -j RETURN"]
    return Live("\n".join([*lines, *(r for f in firewalls for r in rules(f)), *extra]))


@pytest.mark.parametrize("egress", EgressPolicy)
def test_rules(egress: EgressPolicy, snapshot: SnapshotAssertion) -> None:
    assert fresh(replace(FIREWALL, egress=egress)) == snapshot


def test_undo(snapshot: SnapshotAssertion) -> None:
    assert undo("go") == snapshot


def test_a_room_that_moves_is_guarded_where_it_is_and_where_it_goes() -> None:
    moving = replace(FIREWALL, subnets=(IPv4Network("10.80.0.0/16"), SUBNET))
    assert guarded(fresh(moving), "go") == moving.subnets
    for subnet in moving.subnets:
        assert f'-A cls-go-out -d {subnet} -m comment --comment "another seat"' in fresh(moving)


def test_the_longest_name_makes_chains_that_the_kernel_takes() -> None:
    assert max(len(name) for name in chains("x" * MAX_NAME)) <= 28


def test_no_rule_accepts_what_docker_or_the_machine_would_refuse() -> None:
    for egress in EgressPolicy:
        assert "ACCEPT" not in fresh(replace(FIREWALL, egress=egress))


def test_rules_in_force_differ_in_nothing() -> None:
    assert differences(FIREWALL, live(FIREWALL)) == ()


def test_classrooms_beside_each_other_do_not_disturb_each_other() -> None:
    both = live(FIREWALL, OTHER)
    assert differences(FIREWALL, both) == ()
    assert differences(OTHER, both) == ()
    assert "cls-other" not in applied(FIREWALL, both)
    assert "cls-other" not in removed("go", both)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Live(), "no rules guard"),
        (live(OTHER), "no rules guard"),
        (live(replace(FIREWALL, egress=EgressPolicy.OPEN)), "differ: -A cls-go-out -d 192.168.1.1"),
        (live(replace(FIREWALL, subnets=OTHER.subnets)), "differ: -A cls-go-fwd -s 10.70.0.0/16"),
        (Live(live(FIREWALL).text.replace("-A INPUT -j cls-go-inp", "")), "INPUT does not begin"),
        (
            Live("-A INPUT -j ACCEPT\n" + live(FIREWALL).text),
            "INPUT does not begin with the rules of go's seats",
        ),
        (live(FIREWALL, extra=("-A cls-go-fwd -j ACCEPT",)), "differ: their order"),
        (live(FIREWALL, extra=("-A INPUT -j cls-go-inp",)), "INPUT does not begin"),
    ],
    ids=["empty", "other", "egress", "subnet", "unhooked", "second", "extra", "twice"],
)
def test_what_differs_is_said(now: Live, said: str) -> None:
    assert said in "\n".join(differences(FIREWALL, now))


def test_every_hook_there_is_goes_before_the_new_one_comes() -> None:
    twice = live(FIREWALL, extra=("-A INPUT -j cls-go-inp",))
    text = applied(FIREWALL, twice)
    assert text.count("-D INPUT -j cls-go-inp") == 2
    assert text.count("-I INPUT 1 -j cls-go-inp") == 1


def test_dockers_chain_is_made_before_the_engine_and_never_emptied_after() -> None:
    declared = f":{DOCKER_CHAIN} "
    assert declared in applied(FIREWALL, Live())
    assert declared not in applied(FIREWALL, live(OTHER))


def test_a_guard_survives_its_text() -> None:
    guard = Guard("go", SUBNET, EgressPolicy.NONE)
    assert Guard.parse(str(guard)) == guard


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"resolv": "nameserver 192.168.1.1\nnameserver fe80::1%eth0\nnameserver ::1"}, [RESOLVER]),
        ({"resolv": "nameserver 127.0.0.53", "behind": "nameserver 192.168.1.1"}, [RESOLVER]),
        ({"resolv": "nameserver 127.0.0.1"}, []),
        ({"resolv": "nameserver 1.1.1.1", "settings": '{"dns": ["192.168.1.1"]}'}, [RESOLVER]),
        ({"resolv": "nameserver 192.168.1.1", "settings": "{"}, [RESOLVER]),
        ({}, []),
    ],
)
def test_the_engines_name_servers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    expected: list[IPv4Address],
) -> None:
    names = {"resolv": "RESOLV_CONF", "behind": "BEHIND_THE_STUB", "settings": "ENGINE_SETTINGS"}
    for key, constant in names.items():
        monkeypatch.setattr(resolvers, constant, tmp_path / key)
    for key, text in files.items():
        (tmp_path / key).write_text(text)
    assert list(resolvers.resolvers()) == expected


@pytest.fixture
def as_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be somebody who may not read iptables, on a machine whose files are in this folder."""
    for name in ("KEPT", "IN_FORCE"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(engine, name, tmp_path / name)
    monkeypatch.setattr(engine, "SYSTEMD", tmp_path / "no systemd")
    monkeypatch.setattr(engine, "in_force", lambda: ("iptables", Live()))
    monkeypatch.setattr(engine, "resolvers", lambda: (RESOLVER,))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    return tmp_path


def test_without_root_the_files_that_root_left_tell(as_a_user: Path) -> None:
    guard = Guard("go", SUBNET, EgressPolicy.INTERNET)
    (as_a_user / "KEPT" / "go.rules").write_text(fresh(FIREWALL))
    assert "not in force" in " ".join(engine.reasons(guard))
    (as_a_user / "IN_FORCE" / "go.rules").write_text(fresh(FIREWALL))
    assert engine.reasons(guard) == ()
    stricter = Guard("go", SUBNET, EgressPolicy.NONE)
    assert len(engine.reasons(stricter)) == 2


def test_with_systemd_a_unit_has_to_bring_the_rules_back(
    as_a_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("KEPT", "IN_FORCE"):
        (as_a_user / folder / "go.rules").write_text(fresh(FIREWALL))
    monkeypatch.setattr(engine, "SYSTEMD", as_a_user)
    monkeypatch.setattr(engine, "UNITS", as_a_user)
    guard = Guard("go", SUBNET, EgressPolicy.INTERNET)
    assert engine.reasons(guard) == (
        "there is no classroom-firewall-go.service to bring the rules of the seats back",
    )
    (as_a_user / engine.unit("go")).touch()
    assert engine.reasons(guard) == ()
