"""What can be said of an activity that is not over: its attempts are in no history yet."""

from __future__ import annotations

from datetime import datetime

from labkit.checking.goals import Verdict, not_yet
from labkit.checking.history import Event, PendingActivity, Run

IN_PROGRESS = 9
"""Nearer to a goal than anything that is over and did not reach it."""


def name_of(scheduled: Event) -> str:
    """Return which activity an ActivityTaskScheduled event asks for."""
    return str(scheduled.facts["activityType"]["name"])


def in_progress(run: Run) -> Verdict | None:
    """Say where an execution's first pending activity stands; None if it has none."""
    if not run.pending:
        return None
    activity = run.pending[0]
    scheduled = next(
        e
        for e in reversed(run.events)
        if e.kind == "ActivityTaskScheduled" and name_of(e) == activity.kind
    )
    queue = scheduled.facts["taskQueue"]["name"]
    if not activity.failure and not activity.running:
        return not_yet(
            f"{activity.kind} waits on the queue {queue}, and no worker has taken it.",
            attempt="starting a worker for that queue; `temporal task-queue describe "
            f"--task-queue {queue}` lists its pollers.",
            near=IN_PROGRESS,
            event=scheduled,
        )
    return not_yet(
        f"in progress: {activity.kind}, {_attempt(activity, run.read_at)}.",
        attempt="again in a moment.",
        near=IN_PROGRESS,
        event=scheduled,
    )


def _attempt(activity: PendingActivity, now: datetime) -> str:
    most = f" of {activity.most}" if activity.most else ""
    if activity.running:
        return f"attempt {activity.attempt}{most} is running"
    wait = (activity.next_at - now).total_seconds() if activity.next_at else 0
    if wait <= 0:
        return f"attempt {activity.attempt}{most} waits for a worker"
    return f"attempt {activity.attempt}{most}, next in {wait:.0f} s"
