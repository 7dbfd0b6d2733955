"""Checks a lab: its goals, judged by what a server has in its histories."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from labkit.checking.goals import Finding, Goal, State, judge
from labkit.checking.reading import Reading, read_runs
from labkit.labs import Lab


def goals_of(lab: Lab) -> Sequence[Goal]:
    """Return the goals that a lab's check.py declares."""
    path = lab.folder / "check.py"
    spec = importlib.util.spec_from_file_location(f"check_{lab.id.lower()}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    goals: Sequence[Goal] = module.GOALS
    return goals


async def check(client: Client, lab: Lab) -> list[Finding]:
    """Judge a lab's goals, in their order. Reads only; a silent server makes them unknown."""
    goals = goals_of(lab)
    try:
        reading = await read_runs(client, lab.id)
    except RPCError as error:
        because = f"The Temporal server did not answer: {error.message}"
        return [Finding(goal, State.UNKNOWN, because, None) for goal in goals]
    return [judged(goal, reading) for goal in goals]


def judged(goal: Goal, reading: Reading) -> Finding:
    """Judge a goal by what was read; what was not read may be what would have proven it."""
    finding = judge(goal, reading.runs)
    if finding.state is State.DONE or not reading.skipped:
        return finding
    because = f"The history of {reading.skipped[0]} is too long to be read. {finding.because}"
    return Finding(goal, State.UNKNOWN, because, finding.evidence)
