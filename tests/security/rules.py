"""Hands on the firewall in force, for tests that set something aside and put it back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from classroom.engine.firewall import Guard, in_force, look
from classroom.plan.firewall import DOCKER_CHAIN, PREFIX, Live, chains
from tests.integration.conftest import Room


def iptables(*arguments: str) -> None:
    program, _ = in_force()
    subprocess.run([program, "--wait", *arguments], check=True, capture_output=True)


def load(text: str) -> None:
    """Load a table as the role does."""
    program, _ = in_force()
    command = [f"{program}-restore", "--wait", "--noflush"]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)


def live() -> Live:
    return in_force()[1]


@contextmanager
def only_our_rules(room: Room) -> Iterator[None]:
    """Set Docker's own isolation of networks aside, for the room's addresses alone."""
    ours = [rule for rule in live().rules(DOCKER_CHAIN) if f" -j {PREFIX}" in rule]
    subnet = room.spec["subnet"]
    accept = ("-s", subnet, "-d", subnet, "-j", "ACCEPT")
    iptables("-I", DOCKER_CHAIN, str(len(ours) + 1), *accept)
    try:
        yield
    finally:
        iptables("-D", DOCKER_CHAIN, *accept)


@contextmanager
def without_rules(room: Room, part: str) -> Iterator[None]:
    """Take out every rule of the room's, hooks included, whose text has ``part`` in it."""
    names = chains(room.name)
    found = [
        rule
        for rule in live().text.splitlines()
        if rule.startswith("-A ") and part in rule and any(name in rule for name in names)
    ]
    assert found, f"no rule of {room.name}'s says {part}"
    load("\n".join(["*filter", *(f"-D {rule[3:]}" for rule in found), "COMMIT", ""]))
    try:
        yield
    finally:
        mend(room)


def mend(room: Room) -> None:
    """Put the room's rules in force again."""
    guard = Guard.parse(f"{room.name},{room.spec['subnet']},{egress(room)}")
    load(look(guard, engine_answers=True).apply)


def egress(room: Room) -> str:
    return str(room.spec.get("egress", "internet"))
