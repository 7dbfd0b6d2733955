"""Histories that live tests recorded, as the executions that checks judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from labkit.checking.declared import goals_of
from labkit.checking.goals import Finding, State, judge
from labkit.checking.history import Event, Run, events_from_json, pending_from_json, title_case
from labkit.labs import find_lab

LABS = Path(__file__).resolve().parents[1] / "labs"


def recorded(lab_id: str, name: str) -> Run:
    """Return a recorded execution, as if it had been read a second after its last event."""
    path = find_lab(LABS, lab_id).folder / "tests" / "histories" / f"{name}.json"
    facts = json.loads(path.read_text())
    info = facts["description"]["workflowExecutionInfo"]
    events = events_from_json(facts["history"])
    return Run(
        workflow_id=facts["workflow_id"],
        run_id=info["execution"]["runId"],
        kind=info["type"]["name"],
        status=title_case(info["status"], "WORKFLOW_EXECUTION_STATUS_"),
        events=events,
        read_at=events[-1].at + timedelta(seconds=1),
        pending=pending_from_json(facts["description"]),
    )


def names(lab_id: str) -> set[str]:
    """Return what has been recorded of a lab."""
    folder = find_lab(LABS, lab_id).folder / "tests" / "histories"
    return {path.stem for path in folder.glob("*.json")}


def findings(lab_id: str, *runs: Run) -> dict[str, Finding]:
    """Return what a lab's goals say about executions, newest first."""
    goals = goals_of(find_lab(LABS, lab_id))
    return {goal.id: judge(goal, runs) for goal in goals}


def reached(lab_id: str, *runs: Run) -> set[str]:
    """Return the goals that executions prove."""
    found = findings(lab_id, *runs)
    return {goal for goal, finding in found.items() if finding.state is State.DONE}


def edited(run: Run, change: Callable[[Event], Event]) -> Run:
    """Return an execution with its events changed: a near-miss."""
    return replace(run, events=tuple(map(change, run.events)))
