"""Checks a lab: its goals, judged by what a server has in its histories, and workers measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from temporalio.client import Client

from labkit.checking.declared import goals_of
from labkit.checking.goals import Finding, Goal, State, doubted, judge
from labkit.checking.metrics import on_queue, samples
from labkit.checking.reading import CROWDED, Reading, read_runs
from labkit.checking.sdk import Sdk
from labkit.checking.source import SilentError
from labkit.labs import Lab


async def check(client: Client, lab: Lab, pages: Sequence[str] = ()) -> list[Finding]:
    """Judge a lab's goals, in their order. Reads only; a silent server makes them unknown.

    Args:
        client: of the seat's server.
        lab: whose goals.
        pages: what the `/metrics` of the seat's workers say.
    """
    goals = goals_of(lab)
    try:
        reading = await read_runs(Sdk(client), lab.id)
    except SilentError as error:
        because = f"The Temporal server did not answer: {error}"
        return [Finding(goal, State.UNKNOWN, because, None) for goal in goals]
    measured = samples("\n".join(pages))
    runs = [replace(run, metrics=on_queue(measured, run.task_queue)) for run in reading.runs]
    return [judged(goal, replace(reading, runs=runs)) for goal in goals]


def judged(goal: Goal, reading: Reading) -> Finding:
    """Judge a goal by what was read; what was not read may be what would have proven it."""
    finding = judge(goal, reading.runs)
    if reading.skipped:
        return doubted(finding, f"The history of {reading.skipped[0]} is too long to be read.")
    return doubted(finding, CROWDED) if reading.full else finding
