"""Prove all seats of the play in one asynchronous pass; never fails itself."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ansible.plugins.action import ActionBase

from classroom.cli.proof import prove_patiently
from classroom.engine import client, starting
from classroom.engine.crashes import crashes
from classroom.engine.lock import proving
from classroom.engine.planning import Request, state_folder
from classroom.front import front, keys
from classroom.plan import names
from classroom.plan.operations import StackPlan
from classroom.probe.planned import planned_seat
from classroom.report.events import append_event, append_result, seat_event
from classroom.report.verdict import unready

SECONDS = 120
SECONDS_A_SEAT = 4
"""What a machine with both cores busy was measured to need to start a seat, with reserve."""

STOP_SECONDS = 5

ENGINE_SECONDS = 10
"""How long a look at the engine may take: nothing waits for it but the next look."""


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Record a result for each component, and which seats are done; return who is ``unready``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Any:
        """Probe until everything is ready, the deadline has passed, or waiting is hopeless.

        A seat is done when each planned component of it has a good result, and for no other reason;
        ``unready`` says of each other seat what is wrong.
        """
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        class_file = Request.from_environment().load().class_file
        state = state_folder(class_file.name)
        opens = keys(state)
        plans = [
            StackPlan.from_data(variables["hostvars"][seat]["classroom_plan"])
            for seat in self._task.args["seats"]
        ]
        seats = [planned_seat(p, class_file.domain, opens) for p in plans if p.stack is not None]
        expected = {seat.name: len(seat.components) for seat in seats}
        append_event({"event": "prove", "expected": expected})
        engine = client.connect(patience=ENGINE_SECONDS)

        def restart(seat: str, component: str) -> None:
            with client.explained(f"restart {component}", seat):
                container = names.container_name(class_file.name, seat, component)
                starting.restart(engine, container, timeout=STOP_SECONDS)
            append_event({"event": "restart", "seat": seat, "component": component})

        with proving(state.path):
            results = asyncio.run(
                prove_patiently(
                    front(class_file, engine, state),
                    seats,
                    deadline=SECONDS + SECONDS_A_SEAT * len(seats),
                    on_result=append_result,
                    crashes=partial(crashes, engine, class_file.name),
                    kept={(plan.name, part) for plan in plans for part in plan.kept},
                    restart=restart,
                )
            )
        missing = unready(results, [(s.name, part) for s in seats for part in s.components])
        for seat in seats:
            if seat.name not in missing:
                append_event(seat_event(seat.name, "done", msg="ready"))
        return {**result, "changed": False, "unready": missing}
