"""One seat's verdict, from the proof of all: a seat that nobody proved has failed."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from classroom.plan.operations import StackPlan
from classroom.probe.planned import planned_seat
from classroom.report.events import result_from_data
from classroom.report.verdict import complete


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Fail unless each planned component of this host has a good result in ``proofs``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        """Return this seat's results; failed, with a message, when one of them is not good."""
        result = super().run(tmp, task_vars)
        plan = StackPlan.from_data((task_vars or {})["classroom_plan"])
        if plan.stack is None:
            return {**result, "changed": False, "msg": "removed"}
        proofs = [result_from_data(r) for r in self._task.args["proofs"]]
        components = planned_seat(plan, "").components
        own = complete(proofs, [(plan.name, component) for component in components])
        bad = [r for r in own if r.seat == plan.name and not r.good]
        words = "; ".join(f"{r.component} {r.state}: {r.seen}" for r in bad)
        return {**result, "changed": False, "failed": bool(bad), "msg": words or "ready"}
