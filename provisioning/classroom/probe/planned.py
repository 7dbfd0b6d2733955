"""From a plan, or from what was planned before, to what can be probed."""

from __future__ import annotations

from collections.abc import Iterable

from classroom.plan import names
from classroom.plan.operations import Kind, StackPlan, Verb
from classroom.probe.target import COMPONENTS, Frontdoor, Seat
from classroom.spec.model import ClassFile

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what is listened on, nothing to connect to
_LOOPBACK = "127.0.0.1"


def front_door(class_file: ClassFile, trust: str | None) -> Frontdoor:
    """Return the classroom's ingress as this machine reaches it.

    ``trust`` is what its certificate must lead to, in PEM; None without TLS.
    """
    address = _LOOPBACK if class_file.listen == _EVERY_ADDRESS else class_file.listen
    return Frontdoor(address, class_file.ports, class_file.domain, trust)


def seat(name: str, services: Iterable[str], domain: str, *, new: bool = False) -> Seat:
    """Return the seat to probe: a workspace brings a worker with it, that is one more to prove."""
    planned = {*services}
    if "workspace" in planned:
        planned.add("worker")
    host = f"{names.host_label(name)}.{domain}"
    return Seat(name, host, tuple(c for c in COMPONENTS if c in planned), new)


def planned_seat(plan: StackPlan, domain: str) -> Seat:
    """Return the seat that ``plan`` brings up; it is new when its home was made by this plan."""
    services = [s.component for s in plan.stack.services] if plan.stack else []
    home = f"{names.prefix(plan.classroom, plan.name)}-workspace-home"
    return seat(plan.name, services, domain, new=home in plan.of(Verb.CREATE, Kind.VOLUME))
