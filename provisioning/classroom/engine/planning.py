"""What an instructor asked for, and the plan that follows from a fresh look at the engine."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import docker

from classroom.engine.images import image_tags
from classroom.engine.observe import observe
from classroom.engine.state import StateFolder
from classroom.errors import UsageError
from classroom.plan import names
from classroom.plan.desired import Desired, desired
from classroom.plan.observed import Observed
from classroom.plan.operations import Plan
from classroom.plan.reconcile import reconcile
from classroom.spec import Collisions, Loaded, Overrides, load

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: playbooks, templates and images are used from where they lie."""


@dataclass(frozen=True)
class Request:
    """A command's view of the classroom; it travels to Ansible through the environment.

    Attributes:
        file: the class file.
        seats: the number of seats asked for, as written, or empty for the class file's own.
        grafana: path of Grafana's tarball, as written, or empty.
        teardown: whether nothing of the classroom is wanted any more.
        collect: whether work is archived before it is removed.
        agreed: whether seats may change hands.
        images: tag per component, once images were made; empty means: as the checkout has them
            now. A run keeps to one set, whatever is edited meanwhile.
    """

    file: Path = ROOT / "classroom.yml"
    seats: str = ""
    grafana: str = ""
    teardown: bool = False
    collect: bool = True
    agreed: bool = False
    images: Mapping[str, str] = field(default_factory=dict)

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which `from_environment` makes the same request."""
        return {
            "CLASSROOM_FILE": str(self.file),
            "CLASSROOM_SEATS": self.seats,
            "CLASSROOM_GRAFANA": self.grafana,
            "CLASSROOM_TEARDOWN": "yes" if self.teardown else "",
            "CLASSROOM_COLLECT": "yes" if self.collect else "",
            "CLASSROOM_AGREED": "yes" if self.agreed else "",
            "CLASSROOM_IMAGES": json.dumps(dict(self.images)),
        }

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Request:
        """Return the request that the command passed on; without one, the plain class file."""
        return cls(
            file=Path(environment.get("CLASSROOM_FILE") or cls.file),
            seats=environment.get("CLASSROOM_SEATS", ""),
            grafana=environment.get("CLASSROOM_GRAFANA", ""),
            teardown=bool(environment.get("CLASSROOM_TEARDOWN")),
            collect=environment.get("CLASSROOM_COLLECT", "yes") != "",
            agreed=bool(environment.get("CLASSROOM_AGREED")),
            images=json.loads(environment.get("CLASSROOM_IMAGES") or "{}"),
        )

    def load(self, collisions: Collisions | None = None) -> Loaded:
        """Read and validate the class file, if asked together with what collides with it.

        Raises:
            SpecError: with every problem found.
        """
        return load(
            self.file,
            overrides=Overrides(seats=self.seats, grafana=self.grafana),
            collisions=collisions,
        )


def state_folder(classroom: str) -> StateFolder:
    """Return the classroom's folder in this checkout."""
    return StateFolder(ROOT, classroom)


def make_plan(request: Request, loaded: Loaded, observed: Observed) -> Plan:
    """Return what has to be done to turn what was observed into what is wanted."""
    class_file = loaded.class_file
    if request.teardown:
        wanted = Desired(class_file.name)
    else:
        images = request.images or image_tags(class_file, root=ROOT).tags
        wanted = desired(class_file, images, ROOT)
    return reconcile(wanted, observed)


def look(loaded: Loaded, client: docker.APIClient) -> Observed:
    """Return what exists now.

    Raises:
        EngineError: the engine did not answer.
    """
    return observe(client, state_folder(loaded.class_file.name))


def keep_number(request: Request, loaded: Loaded, observed: Observed) -> Request:
    """Return the request for work on some seats alone: it keeps the number of seats there are.

    Who mends seat-07 with ``SEATS=`` and does not repeat ``N=`` wants no seat removed because the
    class file names a smaller number.
    """
    class_file = loaded.class_file
    numbers = [names.seat_number(stack) or 0 for stack in observed.stacks(class_file.name)]
    if not request.seats and max(numbers, default=0) > class_file.seats:
        return replace(request, seats=str(max(numbers)))
    return request


def chosen(seats: str, there: Collection[str]) -> frozenset[str]:
    """Return those of the stacks ``there`` that ``seats`` names; all when it is empty.

    Raises:
        UsageError: a name is not among them, or there is nothing in it but commas and blanks.
    """
    if not seats:
        return frozenset(there)
    wanted = frozenset(seats.replace(",", " ").split())
    unknown = sorted(wanted - set(there))
    if unknown or not wanted:
        known = [s for s in there if s != names.INGRESS]
        raise UsageError(
            f"there is no {', '.join(unknown)}" if unknown else "it names no seat",
            where="SEATS=",
            remedy=_meant(unknown, known) if known else "there are no seats",
        )
    return wanted


def _meant(unknown: Collection[str], known: Sequence[str]) -> str:
    """Return what to write instead: ``2``, ``s02`` and ``SEAT-2`` have one meaning."""
    numbers = [re.fullmatch(r"(?:seat-?|s)?0*(\d{1,3})", word, re.IGNORECASE) for word in unknown]
    near = sorted(names.seat_name(int(number[1])) for number in numbers if number)
    if near and len(near) == len(unknown) and set(near) <= set(known):
        return f"did you mean {', '.join(near)}?"
    return f"seats are {known[0]} to {known[-1]}"


def select(plan: Plan, seats: str) -> Plan:
    """Return the plan of just the seats named in ``seats`` (comma or space separated).

    The ingress comes along when it doesn't exist yet: no seat works without it.

    Raises:
        UsageError: a name is not in the plan.
    """
    if not seats:
        return plan
    wanted = chosen(seats, plan.stacks)
    ingress = plan.stacks.get(names.INGRESS)
    if ingress is not None and any(o.cause == "does not exist" for o in ingress.changes):
        wanted |= {names.INGRESS}
    return plan.only(wanted)
