"""What a server tells of a running workflow beside its history, in its own JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from labkit.checking.history import Json
from labkit.doctor.facts import Execution, Pending
from labkit.doctor.failures import failure_from_json


def described(execution: Execution, description: Json, now: datetime) -> Execution:
    """Add what the server tells of a running workflow beside its history."""
    task = description.get("pendingWorkflowTask", {})
    waits_s = 0.0
    if task.get("state") == "PENDING_WORKFLOW_TASK_STATE_SCHEDULED" and "scheduledTime" in task:
        since = datetime.fromisoformat(str(task["scheduledTime"]))
        waits_s = max((now - since).total_seconds(), 0.0)
    info = description.get("workflowExecutionInfo", {})
    return replace(
        execution,
        # A listing knows it of those that are over.
        length=int(info.get("historyLength", 0)),
        size=int(info.get("historySizeBytes", 0)),
        attempt=int(task.get("attempt", 1)),
        waits_s=waits_s,
        pending=[_pending(activity) for activity in description.get("pendingActivities", ())],
    )


def _pending(activity: Json) -> Pending:
    options = activity.get("activityOptions", {})
    failure = activity.get("lastFailure")
    return Pending(
        kind=str(activity["activityType"]["name"]),
        queue=str(options.get("taskQueue", {}).get("name", "")),
        attempt=int(activity.get("attempt", 1)),
        most=int(activity.get("maximumAttempts", 0)),
        running=activity.get("state") == "PENDING_ACTIVITY_STATE_STARTED",
        failure=failure_from_json(failure) if failure else None,
    )
