"""What this machine lacks for a classroom, found without Ansible and without a Docker client.

Cheap enough to run before every command: where `needs_machine_play` finds nothing, `machine.yml`
need not run. The playbook itself begins with the same comparison, by running this module. What is
wanted stands in the defaults of the roles that bring it about.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from classroom.engine.machine_record import RECORD, read_record
from classroom.errors import EngineError

PROVISIONING = Path(__file__).resolve().parents[2]
ENGINE_SOCKET = Path("/var/run/docker.sock")
ENGINE_TIMEOUT_SECONDS = 5.0
PROC_SYS = Path("/proc/sys")
DESIGN_SEATS = 70
"""The number of seats that the kernel limits are made for."""


class Engine(StrEnum):
    """What asking the engine's socket came to."""

    ANSWERS = "answers"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True)
class Limit:
    """A kernel limit: its value (None where this kernel has none) and the least that is wanted.

    ``fixed`` means that it could not be raised on this machine when that was last tried.
    """

    name: str
    now: int | None
    wanted: int
    fixed: bool = False

    @property
    def low(self) -> bool:
        """Whether there is less than wanted."""
        return self.now is None or self.now < self.wanted


@dataclass(frozen=True)
class Lacks:
    """Reasons to run the machine's play, by the role that deals with them."""

    engine: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()
    images_tools: tuple[str, ...] = ()

    @property
    def reasons(self) -> list[str]:
        """All of them, in the order in which the roles run."""
        return [*self.engine, *self.kernel, *self.images_tools]


def needs_machine_play(*, seats: int = DESIGN_SEATS, build_images: bool = False) -> list[str]:
    """Return why `machine.yml` has to run; empty when nothing differs.

    Args:
        seats: how many seats the machine shall carry.
        build_images: whether images will be built here rather than pulled.

    Raises:
        EngineError: an engine is there, but this user may not use it, or ``DOCKER_HOST`` names
            an engine that does not answer. Neither is something that the play could change.
    """
    return _look(seats=seats, build_images=build_images).reasons


def machine_command(*, seats: int = DESIGN_SEATS, build_images: bool = False) -> list[str]:
    """Return the command that prepares the machine; it needs ``ANSIBLE_CONFIG`` set."""
    return [
        str(Path(sys.executable).with_name("ansible-playbook")),
        *("--inventory", "localhost,"),
        str(PROVISIONING / "playbooks" / "machine.yml"),
        *("--extra-vars", f"machine_seats={seats}"),
        *(("--extra-vars", "machine_build_images=true") if build_images else ()),
    ]


def root_instructions(
    reasons: Sequence[str], *, user: str, seats: int = DESIGN_SEATS, build_images: bool = False
) -> str:
    """Return what a user who is not root has to be told: why, and the command for just that."""
    command = shlex.join(
        [
            *("sudo", "env", f"ANSIBLE_CONFIG={PROVISIONING / 'ansible.cfg'}"),
            *machine_command(seats=seats, build_images=build_images),
        ]
    )
    return "\n".join(
        [
            "preparing this machine needs root:",
            *(f"  {reason}" for reason in reasons),
            "Run this once, then the same command again as yourself:",
            f"  {command}",
            "Should the engine refuse you afterwards, join its group and log in again:",
            f"  {group_command(user)}",
        ]
    )


def group_command(user: str) -> str:
    """Return the command that lets a user talk to the engine."""
    return shlex.join(["sudo", "usermod", "--append", "--groups", "docker", user])


def ask_engine(path: Path) -> Engine:
    """Ask the engine behind a socket for a sign of life."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ENGINE_TIMEOUT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            status = connection.recv(32).split(maxsplit=2)[1:2]
        except PermissionError:
            return Engine.DENIED
        except OSError:
            return Engine.SILENT
    return Engine.ANSWERS if status == [b"200"] else Engine.SILENT


def engine_reasons(engine: Engine, address: str, *, user: str, chosen: bool) -> tuple[str, ...]:
    """Return why the engine role has to run.

    Args:
        engine: what the engine at ``address`` said.
        address: its URL.
        user: who is asking.
        chosen: whether ``DOCKER_HOST`` names the engine; then it is not ours to bring up.

    Raises:
        EngineError: as in `needs_machine_play`.
    """
    if engine is Engine.ANSWERS:
        return ()
    if engine is Engine.DENIED:
        raise EngineError(
            f"the Docker engine refuses the user {user}",
            where=address,
            remedy=f"`{group_command(user)}`, log in again, then run the same command again",
        )
    if chosen:
        raise EngineError(
            "no Docker engine answers where DOCKER_HOST says",
            where=address,
            remedy="start that engine, or unset DOCKER_HOST to use this machine's own",
        )
    return (f"no Docker engine answers at {address}",)


def kernel_reasons(limits: Sequence[Limit], *, seats: int, stock_seats: int) -> tuple[str, ...]:
    """Return which limits have to be raised.

    A limit that this machine is known not to let raise counts only when the seats are more than
    a stock kernel carries (then the play stops, with the reason).
    """
    return tuple(
        f"{limit.name} is {'missing' if limit.now is None else limit.now}, "
        f"{DESIGN_SEATS} seats need {limit.wanted}"
        for limit in limits
        if limit.low and (seats > stock_seats or not limit.fixed)
    )


def read_limits(wanted: Mapping[str, int], fixed: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Return the limits as the kernel has them now."""
    return tuple(
        Limit(name, _kernel_value(name), value, fixed=name in fixed)
        for name, value in wanted.items()
    )


def _kernel_value(name: str) -> int | None:
    try:
        return int(PROC_SYS.joinpath(*name.split(".")).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _look(*, seats: int, build_images: bool) -> Lacks:
    kernel, tools = _defaults("kernel"), _defaults("images_tools")
    chosen = os.environ.get("DOCKER_HOST", "")
    path = Path(chosen.removeprefix("unix://")) if chosen else ENGINE_SOCKET
    limits = read_limits(kernel["kernel_limits"], read_record(RECORD).get("limits_fixed", {}))
    return Lacks(
        engine=engine_reasons(
            ask_engine(path),
            chosen or f"unix://{ENGINE_SOCKET}",
            user=getpass.getuser(),
            chosen=bool(chosen),
        ),
        kernel=kernel_reasons(
            limits, seats=seats, stock_seats=kernel["kernel_seats_on_stock_limits"]
        ),
        images_tools=tuple(
            f"{package} is missing, building images needs it"
            for package, proof in tools["images_tools_packages"].items()
            if build_images and not Path(proof).exists()
        ),
    )


def _defaults(role: str) -> dict[str, Any]:
    text = (PROVISIONING / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return defaults


def main() -> None:
    """Print the comparison as JSON, for the first task of the playbook."""
    parser = argparse.ArgumentParser(prog="python -m classroom.engine.readiness")
    parser.add_argument("--seats", type=int, default=DESIGN_SEATS)
    parser.add_argument("--build-images", action="store_true")
    wanted = vars(parser.parse_args())
    lacks = _look(**wanted)
    as_root = ""
    if lacks.reasons and os.geteuid() != 0:
        as_root = root_instructions(lacks.reasons, user=getpass.getuser(), **wanted)
    json.dump({**asdict(lacks), "as_root": as_root}, sys.stdout)


if __name__ == "__main__":
    main()
