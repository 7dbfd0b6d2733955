"""Prepare the machine, when it lacks something; needs root then, and only then."""

from __future__ import annotations

import getpass
import os

from classroom.cli.ansible import PROVISIONING, run_ansible
from classroom.engine.firewall import Guard
from classroom.engine.firewall import exists as firewall_exists
from classroom.engine.firewall import reasons as firewall_reasons
from classroom.engine.images import Route, decide_route, image_tags
from classroom.engine.planning import ROOT
from classroom.engine.readiness import (
    machine_command,
    needs_machine_play,
    root_instructions,
    unguard_command,
)
from classroom.errors import PreflightError
from classroom.spec import ClassFile


def prepare_machine(class_file: ClassFile) -> None:
    """Run the machine's playbook if anything differs.

    Raises:
        PreflightError: it has to run and can't: the message has the exact sudo command, or the
            playbook failed and its own output says why.
    """
    guard = Guard.of(class_file)
    if not needs_machine_play(seats=class_file.seats, build_images=True, guard=guard):
        return
    lacks_engine = bool(needs_machine_play(seats=class_file.seats))
    build = _will_build(class_file, engine_answers=not lacks_engine)
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
    environment = {**os.environ, "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg")}
    command = machine_command(seats=class_file.seats, build_images=build, guard=guard)
    if run_ansible(command, environment):
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


def settle_firewall(class_file: ClassFile) -> None:
    """Forget the subnet that a room has left, once its last network has moved.

    Without root that waits for the next run that has it: two guarded subnets hurt nobody.

    Raises:
        PreflightError: as `prepare_machine`.
    """
    if os.geteuid() == 0 and firewall_reasons(Guard.of(class_file)):
        prepare_machine(class_file)


def remove_firewall(classroom: str) -> bool:
    """Take the classroom's firewall away; return whether there was one and it is gone.

    Without root it does nothing: the receipt then names the firewall, with the command to do it.
    """
    if os.geteuid() == 0 and firewall_exists(classroom):
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(PROVISIONING / "ansible.cfg"),
            # Nobody reads its events; without a place for them it would say what to do next.
            "CLASSROOM_EVENTS": os.devnull,
        }
        return run_ansible(unguard_command(classroom), environment) == 0
    return False


def _will_build(class_file: ClassFile, *, engine_answers: bool) -> bool:
    if engine_answers and image_tags(class_file, root=ROOT).built:
        return False
    image = f"temporalio/temporal:{class_file.versions.temporal}"
    return decide_route(class_file.images, class_file.registry, image).route is Route.BUILD
