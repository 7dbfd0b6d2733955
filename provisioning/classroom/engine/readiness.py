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
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from classroom.engine.firewall import Guard, Work
from classroom.engine.firewall import look as look_at_firewall
from classroom.engine.machine_lacks import (
    DESIGN_SEATS,
    Engine,
    ask_engine,
    engine_reasons,
    group_command,
    kernel_reasons,
    read_limits,
)
from classroom.engine.machine_record import RECORD, read_record

PROVISIONING = Path(__file__).resolve().parents[2]
ENGINE_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True)
class Lacks:
    """Reasons to run the machine's play, by the role that deals with them."""

    engine: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()
    images_tools: tuple[str, ...] = ()
    firewall: Work | None = None

    @property
    def reasons(self) -> list[str]:
        """All of them, in the order in which the roles run."""
        guard = self.firewall.reasons if self.firewall else ()
        return [*self.engine, *guard, *self.kernel, *self.images_tools]


def needs_machine_play(
    *, seats: int = DESIGN_SEATS, build_images: bool = False, guard: Guard | None = None
) -> list[str]:
    """Return why `machine.yml` has to run; empty when nothing differs.

    Args:
        seats: how many seats the machine shall carry.
        build_images: whether images will be built here rather than pulled.
        guard: the classroom whose firewall is to be in force; None for no classroom.

    Raises:
        EngineError: an engine is there, but this user may not use it, or ``DOCKER_HOST`` names
            an engine that does not answer. Neither is something that the play could change.
    """
    return _look(seats=seats, build_images=build_images, guard=guard).reasons


def engine_answers() -> bool:
    """Whether there is an engine already, for this user."""
    return _ask()[0] is Engine.ANSWERS


def machine_command(
    *, seats: int = DESIGN_SEATS, build_images: bool = False, guard: Guard | None = None
) -> list[str]:
    """Return the command that prepares the machine; it needs ``ANSIBLE_CONFIG`` set."""
    return [
        *_playbook("machine"),
        *("--extra-vars", f"machine_seats={seats}"),
        *(("--extra-vars", "machine_build_images=true") if build_images else ()),
        *(("--extra-vars", f"machine_guard={guard}") if guard else ()),
    ]


def unguard_command(classroom: str) -> list[str]:
    """Return the command that takes a classroom's firewall away; needs ``ANSIBLE_CONFIG`` too."""
    return [
        *_playbook("unguard"),
        *("--extra-vars", f"machine_unguard={classroom}"),
    ]


def _playbook(name: str) -> list[str]:
    return [
        str(Path(sys.executable).with_name("ansible-playbook")),
        *("--inventory", "localhost,"),
        str(PROVISIONING / "playbooks" / f"{name}.yml"),
    ]


def root_instructions(
    reasons: Sequence[str],
    *,
    user: str,
    seats: int = DESIGN_SEATS,
    build_images: bool = False,
    guard: Guard | None = None,
) -> str:
    """Return what a user who is not root has to be told: why, and the command for just that."""
    command = shlex.join(
        [
            # No byte code: root's files in a user's checkout would be in the way later.
            *("sudo", "env", "PYTHONDONTWRITEBYTECODE=1"),
            f"ANSIBLE_CONFIG={PROVISIONING / 'ansible.cfg'}",
            *machine_command(seats=seats, build_images=build_images, guard=guard),
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


def _look(*, seats: int, build_images: bool, guard: Guard | None) -> Lacks:
    kernel, tools = _defaults("kernel"), _defaults("images_tools")
    engine, chosen = _ask()
    limits = read_limits(kernel["kernel_limits"], read_record(RECORD).get("limits_fixed", ()))
    return Lacks(
        engine=engine_reasons(
            engine,
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
        firewall=look_at_firewall(guard, engine_answers=engine is Engine.ANSWERS)
        if guard
        else None,
    )


def _ask() -> tuple[Engine, str]:
    """Return what asking the engine came to, and the address that somebody chose for it."""
    chosen = os.environ.get("DOCKER_HOST", "")
    path = Path(chosen.removeprefix("unix://")) if chosen else ENGINE_SOCKET
    return ask_engine(path), chosen


def _defaults(role: str) -> dict[str, Any]:
    text = (PROVISIONING / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return defaults


def main() -> None:
    """Print the comparison as JSON, for the first task of the playbook."""
    parser = argparse.ArgumentParser(prog="python -m classroom.engine.readiness")
    parser.add_argument("--seats", type=int, default=DESIGN_SEATS)
    parser.add_argument("--build-images", action="store_true")
    parser.add_argument("--guard", type=Guard.parse)
    wanted = vars(parser.parse_args())
    lacks = _look(**wanted)
    as_root = ""
    if lacks.reasons and os.geteuid() != 0:
        as_root = root_instructions(lacks.reasons, user=getpass.getuser(), **wanted)
    json.dump({**asdict(lacks), "as_root": as_root}, sys.stdout)


if __name__ == "__main__":
    main()
