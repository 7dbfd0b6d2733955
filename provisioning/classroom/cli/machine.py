"""Prepare the machine, when it lacks something; needs root then, and only then."""

from __future__ import annotations

import getpass
import os
from functools import partial

from classroom.cli.ansible import PROVISIONING, run_ansible
from classroom.engine import client as engine
from classroom.engine.firewall import Guard
from classroom.engine.firewall import exists as firewall_exists
from classroom.engine.firewall import reasons as firewall_reasons
from classroom.engine.images import Route, decide_route, image_tags
from classroom.engine.planning import ROOT, Request
from classroom.engine.preflight import collisions_here
from classroom.engine.readiness import (
    engine_answers,
    machine_command,
    needs_machine_play,
    root_instructions,
    unguard_command,
)
from classroom.errors import PreflightError
from classroom.spec import ClassFile, Loaded


def load_for_here(request: Request) -> Loaded:
    """Read the class file and compare it with this machine: what `prepare_machine` needs first.

    Raises:
        SpecError: with every mistake in the file, and everything that collides with this machine.
    """
    client = engine.connect() if engine_answers() else None
    return request.load(partial(collisions_here, client=client))


def prepare_machine(loaded: Loaded) -> None:
    """Run the machine's playbook if anything differs.

    Raises:
        PreflightError: it has to run and can't: the message has the exact sudo command, or the
            playbook failed and its own output says why.
    """
    class_file = loaded.class_file
    guard = Guard.of(class_file)
    if not needs_machine_play(seats=class_file.seats, build_images=True, guard=guard):
        return
    there = engine_answers()
    build = not (there and image_tags(class_file, root=ROOT).built) and _builds(class_file)
    reasons = needs_machine_play(seats=class_file.seats, build_images=build, guard=guard)
    if not reasons:
        return
    if os.geteuid() != 0:
        raise PreflightError(
            root_instructions(
                reasons,
                user=getpass.getuser(),
                seats=class_file.seats,
                build_images=build,
                guard=guard,
            )
        )
    print("This machine is being prepared:", *reasons, sep="\n  ", flush=True)
    command = machine_command(seats=class_file.seats, build_images=build, guard=guard)
    if run_ansible(command, _environment()):
        raise PreflightError(
            "the machine could not be prepared; nothing of the classroom was changed",
            remedy="mend what the task above names, then run the same command again",
        )
    left = firewall_reasons(guard)
    if left:
        raise PreflightError(
            f"the firewall was put in force, and yet {left[0]}",
            remedy="something else on this machine changes iptables: see `iptables-save`",
        )


def settle_firewall(loaded: Loaded) -> None:
    """Forget the subnet that a room has left, once its last network has moved.

    Without root that waits for the next run that has it: two guarded subnets hurt nobody.

    Raises:
        PreflightError: as `prepare_machine`.
    """
    if os.geteuid() == 0 and firewall_reasons(Guard.of(loaded.class_file)):
        prepare_machine(loaded)


def remove_firewall(classroom: str) -> bool:
    """Take the classroom's firewall away; return whether there was one and it is gone.

    Without root it does nothing: the receipt then names the firewall, with the command to do it.
    """
    if os.geteuid() == 0 and firewall_exists(classroom):
        return run_ansible(unguard_command(classroom), _environment()) == 0
    return False


def _environment() -> dict[str, str]:
    """Return what a playbook of the machine's runs with, when a command of ours runs it."""
    return {
        **os.environ,
        "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg"),
        # Nobody reads its events; without a place for them it would say what to do next.
        "CLASSROOM_EVENTS": os.devnull,
    }


def _builds(class_file: ClassFile) -> bool:
    """Whether images are built here, should some be missing."""
    image = f"temporalio/temporal:{class_file.versions.temporal}"
    return decide_route(class_file.images, class_file.registry, image).route is Route.BUILD
