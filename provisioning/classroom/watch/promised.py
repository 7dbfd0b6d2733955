"""Which seats a classroom has, for everybody who proves them."""

from __future__ import annotations

from dataclasses import replace

from classroom.engine.state import StateFolder
from classroom.plan import names
from classroom.plan.observed import Observed
from classroom.probe.planned import STRANGER, Keys, seat
from classroom.probe.target import Seat
from classroom.spec.model import ClassFile

LEAST = frozenset({"temporal", "prometheus", "workspace"})
"""What every seat has, whatever its class file says."""


def planned_seats(
    class_file: ClassFile, observed: Observed, state: StateFolder, opens: Keys = STRANGER
) -> list[Seat]:
    """Return every seat that was asked for or of which anything exists, with the key that opens it.

    Both are needed: a seat whose containers somebody removed is still one that was promised. A
    seat whose record is lost or damaged was promised what the other seats have. The portal has to
    know those of both kinds: it is told before a new seat comes up, and before an old one goes.
    """
    rendered = state.planned()
    usual = frozenset[str]().union(*(rendered[s] for s in rendered if s != names.INGRESS))
    there = observed.stacks(class_file.name)
    stacks = {*there, *rendered} - {names.INGRESS}
    found = []
    for name in sorted(stacks, key=lambda s: names.seat_number(s) or 0):
        labelled = {
            c.labels.get(names.LABEL_COMPONENT, "")
            for c in observed.containers_of(class_file.name, name)
        }
        services = rendered.get(name) or labelled | (usual or LEAST)
        one = seat(name, services, class_file.domain, opens)
        found.append(replace(one, enrolled=name in rendered and name in there))
    return found
