"""What has happened on a seat since its Temporal server started.

Which counter counts what was measured on server 1.32.0 against the server's own list of workflows
and their histories. Local activities are in none of them: the server sees their results alone.

``only`` selects by labels; what takes none has no label to select by.
"""

from __future__ import annotations

from dashboards.promql import of, total

ENDED = "workflow_schedule_to_close_latency_count"
"""Counts every run that ended, in whatever way, and knows its type."""


def workflows_started() -> str:
    """Runs that began, as many as the Temporal UI lists.

    Requests to start don't tell: a refused one counts, a signal-with-start to an open workflow
    too, and for a child or a continued run there is none. But the server notes each new run in
    its list of workflows, except for a reset one; and its own workflows there, one for each
    schedule and each batch, are nobody's.
    """
    selected = 'archetype="workflow",operation="VisibilityTaskStartExecution"'
    listed = total(f"task_latency_count{{{selected}}}")
    own = accepted("CreateSchedule|StartBatchOperation")
    return f"{listed} + {total('workflow_reset_count')} - ({own})"


def workflows_completed(only: str = "") -> str:
    """Runs that returned a result."""
    return total(of("workflow_success", only))


def workflows_failed(only: str = "") -> str:
    """Runs that ended with an error."""
    return total(of("workflow_failed", only))


def workflows_timed_out(only: str = "") -> str:
    """Runs that the server ended because they took longer than they were allowed to."""
    return total(of("workflow_timeout", only))


def workflows_canceled(only: str = "") -> str:
    """Runs that were asked to end, and did."""
    return total(of("workflow_cancel", only))


def workflows_terminated(only: str = "") -> str:
    """Runs that were ended without being asked."""
    return total(of("workflow_terminate", only))


def workflows_continued(only: str = "") -> str:
    """Runs that went on as a new run."""
    return total(of("workflow_continued_as_new", only))


def workflows_ended_otherwise() -> str:
    """Runs that were canceled or terminated, or that continued as new."""
    return total('{__name__=~"workflow_cancel|workflow_terminate|workflow_continued_as_new"}')


def workflows_ended(only: str = "") -> str:
    """Runs that ended in any way."""
    return total(of(ENDED, only))


def activities_scheduled() -> str:
    """Activities that workflows asked for. A batch is a workflow of the server's that asks too."""
    asked = total('command{commandType="ScheduleActivityTask"}')
    return f"{asked} - ({accepted('StartBatchOperation')})"


def activities_started() -> str:
    """Attempts that a worker was given: out of a task queue, or at once ("eagerly").

    Requests for a task are too many: one for an activity whose workflow is gone counts too.
    """
    queued = total('task_schedule_to_start_latency_count{task_type="Activity"}')
    return f"{queued} + {total('activity_eager_execution')}"


def activities_completed(only: str = "") -> str:
    """Activities that returned a result."""
    return total(of("activity_success", only))


def activities_failed() -> str:
    """Activities that were given up: the last attempt they had failed or timed out."""
    return total('{__name__=~"activity_fail|activity_timeout"}')


def activities_given_up(only: str) -> str:
    """Activities whose last attempt failed."""
    return total(of("activity_fail", only))


def activities_timed_out(only: str) -> str:
    """Activities that were given up when they ran out of time."""
    return total(of("activity_timeout", only))


def activities_canceled(only: str) -> str:
    """Activities that ended because they were asked to."""
    return total(of("activity_cancel", only))


def attempts_failed(only: str) -> str:
    """Attempts that raised an error."""
    return total(of("activity_task_fail", only))


def attempts_timed_out(only: str) -> str:
    """Attempts that took too long."""
    return total(of("activity_task_timeout", only))


def activities_retried(only: str = "") -> str:
    """Attempts that failed or timed out and were followed, or will be, by another."""
    attempts = total(of("", _either("activity_task_fail", "activity_task_timeout"), only))
    given_up = total(of("", _either("activity_fail", "activity_timeout"), only))
    return f"{attempts} - {given_up}"


def accepted(operation: str) -> str:
    """Requests of clients that the server did not refuse."""
    labels = f'service_name="frontend",operation=~"{operation}"'
    requests = total(f"service_requests{{{labels}}}")
    return f"{requests} - {total(f'service_error_with_type{{{labels}}}')}"


def _either(*metrics: str) -> str:
    return f'__name__=~"{"|".join(metrics)}"'
