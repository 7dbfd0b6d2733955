"""The variables: which workflows, activities and task queues a dashboard is about.

Server and SDK call the same thing differently, so each choice is two selections. A metric that
lacks the label can't be selected by it; such a panel says that it is about all.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import QueryVariable

from dashboards import totals
from dashboards.board import choice

OF_TYPE = 'workflowType=~"$type"'
ON_QUEUE = 'taskqueue=~"$queue"'
OF_WORKFLOW = f"{OF_TYPE},{ON_QUEUE}"
OF_ACTIVITY = f'activityType=~"$activity",{OF_WORKFLOW}'

WORKER_ON_QUEUE = 'task_queue=~"$queue"'
WORKER_OF_WORKFLOW = f'workflow_type=~"$type",{WORKER_ON_QUEUE}'
WORKER_OF_ACTIVITY = f'activity_type=~"$activity",{WORKER_OF_WORKFLOW}'

_ATTEMPTS = '{__name__=~"activity_start_to_close_latency_count|activity_task_timeout"}'


def workflow_type() -> QueryVariable:
    """Types of workflows, as soon as one of them has ended: at its start none is counted by it."""
    return choice(
        "type",
        "Workflow type",
        "Types appear here once one of their workflows has ended.",
        f"label_values({totals.ENDED}, workflowType)",
    )


def activity_type() -> QueryVariable:
    """Types of activities, as soon as an attempt is over."""
    return choice(
        "activity",
        "Activity type",
        "Types appear here once one of their attempts is over.",
        f"label_values({_ATTEMPTS}, activityType)",
    )


def task_queue() -> QueryVariable:
    """Task queues, as the server writes them."""
    return choice(
        "queue",
        "Task queue",
        "Queues appear here once a worker has taken a task from them. The server writes a hyphen "
        "in a name as an underscore, the SDK does not: panels of the worker find a queue with a "
        "hyphen under All alone.",
        "label_values(task_schedule_to_start_latency_count, taskqueue)",
    )
