"""The seats' firewall on this machine: what is in force, and what the role has to do about it.

Without root nobody may read the rules in force. Then what the role and the unit leave behind when
they have put rules in force (a file in /run, which a reboot empties) has to do as their sign.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

from classroom.engine.machine import ip_routes, parse_routes
from classroom.engine.resolvers import resolvers
from classroom.plan import firewall as rules
from classroom.plan.firewall import Firewall, Live
from classroom.spec.model import ClassFile, EgressPolicy

KEPT = Path("/etc/classroom/firewall")
"""What is loaded when the machine starts: ``<classroom>.rules``, and ``.undo`` for the way back."""

IN_FORCE = Path("/run/classroom/firewall")
"""A copy of ``<classroom>.rules``, made by whoever put these in force since the machine started."""

SYSTEMD = Path("/run/systemd/system")
UNITS = Path("/etc/systemd/system")

PROGRAMS = ("iptables", "iptables-nft", "iptables-legacy")
"""Docker runs the first. The others are what it ran if somebody has changed the machine's
alternatives since the engine started."""


@dataclass(frozen=True)
class Guard:
    """The part of a class file that its firewall comes from; as text ``name,subnet,egress``."""

    classroom: str
    subnet: IPv4Network
    egress: EgressPolicy

    @classmethod
    def of(cls, class_file: ClassFile) -> Guard:
        """Return the guard of a class file's seats."""
        return cls(class_file.name, class_file.subnet, class_file.egress)

    @classmethod
    def parse(cls, text: str) -> Guard:
        """Return the guard that was written as text; raises ValueError on another text."""
        classroom, subnet, egress = text.split(",")
        return cls(classroom, IPv4Network(subnet), EgressPolicy(egress))

    def __str__(self) -> str:
        return f"{self.classroom},{self.subnet},{self.egress}"


@dataclass(frozen=True)
class Work:
    """What the role does, ready to be done.

    Attributes:
        classroom: whose firewall it is.
        reasons: why there is something to do; without one there is not.
        program: the iptables that the engine uses; empty where none is installed yet.
        rules: the file that is loaded at start.
        undo: the file that takes the rules out of force again.
        apply: text for ``<program>-restore --noflush`` that fits what is in force now.
    """

    classroom: str
    reasons: tuple[str, ...]
    program: str
    rules: str = field(repr=False)
    undo: str = field(repr=False)
    apply: str = field(repr=False)


def look(guard: Guard, *, engine_answers: bool) -> Work:
    """Compare this machine's firewall with what the classroom needs.

    Raises:
        ClassroomError: the routes can't be read.
    """
    program, live = in_force()
    kept = _text(KEPT / f"{guard.classroom}.rules")
    wanted = Firewall(
        guard.classroom,
        (guard.subnet, *_left_behind(guard, live.text or kept)),
        guard.egress,
        resolvers(),
    )
    return Work(
        classroom=guard.classroom,
        reasons=tuple(_reasons(wanted, live, engine_answers=engine_answers)),
        program=program,
        rules=rules.fresh(wanted),
        undo=rules.undo(guard.classroom),
        apply=rules.applied(wanted, live),
    )


def reasons(guard: Guard) -> tuple[str, ...]:
    """Return why the classroom's firewall is not as it should be, with an engine that answers."""
    return look(guard, engine_answers=True).reasons


def _reasons(wanted: Firewall, live: Live, *, engine_answers: bool) -> Iterator[str]:
    name, text = wanted.classroom, rules.fresh(wanted)
    if os.geteuid() == 0:
        yield from rules.differences(wanted, live)
        if engine_answers and not live.docker_asks:
            yield "the engine has no DOCKER-USER chain that rules could be in"
    if _text(IN_FORCE / f"{name}.rules") != text:
        yield f"the rules of {name}'s seats are not in force, or not those of the class file"
    if _text(KEPT / f"{name}.rules") != text:
        yield f"a restart of the machine would not bring the rules of {name}'s seats back"
    elif SYSTEMD.exists() and not (UNITS / unit(name)).exists():
        yield f"there is no {unit(name)} to bring the rules of the seats back"


def unit(classroom: str) -> str:
    """Return the name of the systemd unit that loads a classroom's rules."""
    return f"classroom-firewall-{classroom}.service"


def exists(classroom: str) -> bool:
    """Whether a teardown has a firewall of this classroom to remove, as far as we may see."""
    _, live = in_force()
    return (KEPT / f"{classroom}.rules").exists() or live.has(rules.chain(classroom, "fwd"))


def in_force() -> tuple[str, Live]:
    """Return the iptables that the engine uses, and its filter table as far as we may read it."""
    tables = {program: live for program in PROGRAMS if (live := _save(program)) is not None}
    used = [program for program, live in tables.items() if live.docker_asks]
    program = next(iter([*used, *tables]), "")
    return program, tables.get(program, Live())


def _save(program: str) -> Live | None:
    try:
        done = subprocess.run(  # noqa: S603 - one of PROGRAMS
            [f"{program}-save", "--table", "filter"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        )
    except OSError:
        return None
    return Live(done.stdout)


def _left_behind(guard: Guard, text: str) -> Iterator[IPv4Network]:
    """A room that moves to another subnet is guarded in both until its last network has moved."""
    before = [n for n in rules.guarded(text, guard.classroom) if n != guard.subnet]
    if before:
        links = [route.network for route in parse_routes(ip_routes(), ())]
        yield from (n for n in before if any(link.subnet_of(n) for link in links))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def main() -> None:
    """Print what the role needs to remove a classroom's rules, for the first task of its play."""
    parser = argparse.ArgumentParser(prog="python -m classroom.engine.firewall")
    parser.add_argument("classroom")
    classroom = parser.parse_args().classroom
    program, live = in_force()
    removal = {"program": program, "remove": rules.removed(classroom, live)}
    json.dump({**removal, "there": exists(classroom)}, sys.stdout)


if __name__ == "__main__":
    main()
