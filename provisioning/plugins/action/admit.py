"""Give each seat its code, before the seats come up: who holds a card is let in at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ansible.plugins.action import ActionBase

from classroom.cards.admission import admit
from classroom.engine import client
from classroom.engine.planning import ROOT, Request, state_folder
from classroom.engine.trust import fingerprint
from classroom.errors import ClassroomError
from classroom.front import front
from classroom.operator import Operator
from classroom.plan.operations import Kind, StackPlan, Verb
from classroom.probe.prove import prove_doors
from classroom.probe.result import Result, State
from classroom.probe.target import INGRESS, PORTAL
from classroom.report.events import READMITTED, SHUT, append_event, append_result
from classroom.spec.model import TlsPolicy

DOOR_SECONDS = 30
"""How long the front door may take to answer after it was started."""


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Make the portal know the seats of the plan, ``seats``, as far as they are ``in_play``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        """Return who was added, rotated or removed; fail when nobody can be let in."""
        result = super().run(tmp, task_vars)
        hosts = (task_vars or {})["hostvars"]
        plans = [
            StackPlan.from_data(hosts[seat]["classroom_plan"]) for seat in self._task.args["seats"]
        ]
        there = [plan.name for plan in plans if plan.stack and plan.of(Verb.KEEP, Kind.VOLUME)]
        request = Request.from_environment()
        class_file = request.load().class_file
        try:
            door = front(class_file, client.connect(), state_folder(class_file.name))
            proven = asyncio.run(prove_doors(door, deadline=DOOR_SECONDS))
            if not all(r.good for r in proven):
                return {**result, **_shut(proven)}
            done = admit(
                door,
                class_file,
                ROOT,
                planned={plan.name: plan.stack is not None for plan in plans},
                # A portal that does not know a seat that is there has lost its data.
                in_play={*self._task.args["in_play"], *there},
                agreed=request.agreed,
            )
            if class_file.tls is TlsPolicy.INTERNAL and door.trust:
                Operator(door).vouch(fingerprint(door.trust))
        except ClassroomError as error:
            seen = f"{error.where}: {error.what}" if error.where else error.what
            failed = Result(INGRESS, PORTAL, State.FAILED, "admission", seen, error.remedy)
            return {**result, **_shut([failed])}
        if again := [seat for seat in done.added if seat in there]:
            append_event({"event": READMITTED, "seats": again})
        return {
            **result,
            "changed": done.needed,
            "added": list(done.added),
            "removed": list(done.removed),
        }


def _shut(proven: Sequence[Result]) -> dict[str, Any]:
    """Record the front door's failure as its own, and no seat's; return it as the task's."""
    append_event({"event": SHUT})
    for result in proven:
        append_result(result)
    bad = next(r for r in proven if not r.good)
    return {"failed": True, "msg": f"{bad.component}: {bad.seen}", "remedy": bad.fix}
