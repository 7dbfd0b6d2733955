"""From a plan, or from what was planned before, to what can be probed, and with which keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from classroom.plan import names
from classroom.plan.operations import Kind, StackPlan, Verb
from classroom.probe.target import COMPONENTS, Frontdoor, Seat
from classroom.spec import keys
from classroom.spec.model import ClassFile
from classroom.spec.seats import host_label
from classroom.spec.secret import Secret

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what is listened on, nothing to connect to
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Keys:
    """What opens a classroom to its own host, all of it derived from the signing key.

    Without a signing key (``None``: it was lost, or never made) everything is asked without one,
    and what is refused says so.
    """

    signing: Secret | None

    def probe(self, name: str) -> Secret | None:
        """Return what opens ``seat-07`` to a probe."""
        return Secret(keys.probe_key(self.signing.reveal(), name)) if self.signing else None

    @property
    def operator(self) -> Secret | None:
        """What opens the operator's API."""
        return Secret(keys.operator_key(self.signing.reveal())) if self.signing else None


STRANGER = Keys(None)


def front_door(
    class_file: ClassFile, trust: str | None, opens: Keys = STRANGER, *, viewer: bool = False
) -> Frontdoor:
    """Return the classroom's ingress as this machine reaches it.

    Args:
        class_file: the classroom.
        trust: what its certificate must lead to, in PEM; None without TLS.
        opens: the keys.
        viewer: whether a class Grafana was planned.
    """
    address = _LOOPBACK if class_file.listen == _EVERY_ADDRESS else class_file.listen
    ports, domain = class_file.ports, class_file.domain
    return Frontdoor(address, ports, domain, trust, opens.operator, viewer)


def seat(
    name: str,
    services: Iterable[str],
    domain: str,
    opens: Keys = STRANGER,
    *,
    new: bool = False,
) -> Seat:
    """Return the seat to probe: a workspace brings a worker with it, that is one more to prove."""
    planned = {*services}
    if "workspace" in planned:
        planned.add("worker")
    host = f"{host_label(name)}.{domain}"
    components = tuple(c for c in COMPONENTS if c in planned)
    return Seat(name, host, components, new, opens.probe(name))


def planned_seat(plan: StackPlan, domain: str, opens: Keys = STRANGER) -> Seat:
    """Return the seat that ``plan`` brings up; it is new when its home was made by this plan."""
    services = [s.component for s in plan.stack.services] if plan.stack else []
    home = f"{names.prefix(plan.classroom, plan.name)}-workspace-home"
    new = home in plan.of(Verb.CREATE, Kind.VOLUME)
    return seat(plan.name, services, domain, opens, new=new)
