"""Bring one stack to its plan: everything for a seat in one task, in the parent's Python."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from classroom.engine import client
from classroom.engine.apply import Executor
from classroom.engine.planning import ROOT, Request, state_folder
from classroom.errors import ClassroomError
from classroom.plan import names
from classroom.plan.operations import StackPlan
from classroom.plan.text import stack_text
from classroom.report.events import append_event


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Apply ``classroom_plan``; with ``--check`` print it and change nothing."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        """Return changed, the operations as lines, and on failure where and what to do.

        A stack that is ``proven_later`` is not done yet.
        """
        result = super().run(tmp, task_vars)
        plan = StackPlan.from_data((task_vars or {})["classroom_plan"])
        result["operations"] = [o.line for o in plan.changes]
        result["changed"] = bool(plan.changes)
        result["proven_later"] = plan.stack is not None and plan.name != names.INGRESS
        if self._task.diff or self._task.check_mode:
            result["diff"] = [{"prepared": stack_text(plan)}]
        if self._task.check_mode:
            return result

        def archived(where: str) -> None:
            append_event({"event": "archive", "seat": plan.name, "where": where})

        collected = ROOT / "collected" if Request.from_environment().collect else None
        state = state_folder(plan.classroom)
        try:
            Executor(client.connect(), state, collected, archived).apply(plan)
        except ClassroomError as error:
            failure = {"msg": error.what, "where": error.where, "remedy": error.remedy}
            return {**result, "failed": True, **failure}
        return dict(result)
