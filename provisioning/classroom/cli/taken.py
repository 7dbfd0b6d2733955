"""What a run would take from people, for the instructor to read before agreeing to it."""

from __future__ import annotations

from contextlib import suppress

import docker

from classroom.cards.admission import expected
from classroom.cards.handover import Handover, handovers
from classroom.cards.roster import staying
from classroom.cli.words import counted
from classroom.engine.planning import ROOT, state_folder
from classroom.errors import PortalError
from classroom.front import front
from classroom.operator import Operator, Register
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.plan.operations import Kind, Plan, Verb
from classroom.spec import ClassFile


def registered(class_file: ClassFile, client: docker.APIClient, observed: Observed) -> Register:
    """Return what the portal knows; nothing, while there is none that answers."""
    if names.INGRESS in observed.stacks(class_file.name):
        with suppress(PortalError):
            return Operator(front(class_file, client, state_folder(class_file.name))).register()
    return Register({}, password_set=False)


def given_away(
    class_file: ClassFile, whole: Plan, plan: Plan, register: Register
) -> tuple[Handover, ...]:
    """Return the seats that a run would give to somebody else."""
    planned = {name: stack.stack is not None for name, stack in whole.stacks.items()}
    seats = staying(planned, plan.stacks, register.seats)
    wanted = {seat: expected(class_file, seat, register) for seat in seats}
    return handovers(wanted, register.seats)


def loss(plan: Plan, register: Register) -> str:
    """What would be removed, and whose, so that nobody agrees to more than they read."""
    lines = [f"This removes {counted(len(plan.removed), 'seat')}:"]
    for name in plan.removed:
        operations = plan.stacks[name].changes
        count = {
            kind: sum(o.verb is Verb.REMOVE and o.kind is kind for o in operations)
            for kind in (Kind.CONTAINER, Kind.VOLUME)
        }
        objects = (counted(number, kind) for kind, number in count.items())
        lines.append(f"  {name}: {', '.join((*objects, *_whose(register, name)))}")
    lines.append(f"Their work is archived to {ROOT / 'collected'} first.")
    return "\n".join(lines)


def _whose(register: Register, seat: str) -> tuple[str, ...]:
    known = register.seats.get(seat)
    people = known and (known.claimed or (known.attendee,))
    return tuple(f"of {person}" for person in people or () if person)
