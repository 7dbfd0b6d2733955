"""Asks a server what waits there. It only ever reads, and only so many questions are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from labkit.checking.history import Json
from labkit.checking.source import Listed, SilentError
from labkit.doctor.described import described
from labkit.doctor.facts import POLL_S, Execution

RUNNING = "ExecutionStatus = 'Running'"
STUCK = f"{RUNNING} AND TemporalReportedProblems IS NOT NULL"
"""The server says so of workflows whose task failed about five times: a minute after the first."""

MOST_WORKFLOWS = 20
"""Running workflows that are looked at, the newest: a loop may have started thousands."""

MOST_QUEUES = 20
"""Task queues that are asked about, once for workflow tasks and once for activities."""

LATELY = timedelta(seconds=POLL_S)
"""Who polled within this time polls; the server itself remembers pollers for five minutes."""

TaskType = Literal["Workflow", "Activity"]
"""As the server's own metrics call it in the label `task_type`."""


class Server(Protocol):
    """A server's API. Every method may raise SilentError."""

    async def counted(self, query: str) -> int:
        """Return how many workflows a query finds."""

    async def newest(self, query: str, most: int) -> Sequence[Listed]:
        """Return the newest workflows that a query finds."""

    async def described(self, one: Listed) -> Json:
        """Return what the server tells of an execution beside its history."""

    async def queue(self, name: str, kind: TaskType) -> Json:
        """Return who polls a task queue, and statistics of what waits in it."""


@dataclass(frozen=True)
class Queue:
    """One task queue, for one type of tasks.

    Attributes:
        name: its name, as the attendee wrote it.
        kind: which tasks.
        backlog: how many wait.
        age_s: for how long the first of them has waited, in seconds; 0 if none does.
        pollers: how many workers ask for them.
    """

    name: str
    kind: TaskType
    backlog: int
    age_s: float
    pollers: int


@dataclass(frozen=True)
class Seen:
    """What one look found.

    Attributes:
        running: workflows that are open.
        stuck: those of them whose workflow task fails again and again.
        looked_at: those of them all of whose queues are among the queues.
        queues: the queues on which open workflows depend.
    """

    running: int = 0
    stuck: int = 0
    looked_at: int = 0
    queues: Sequence[Queue] = ()


async def look(server: Server, now: datetime) -> Seen:
    """Look once. Where nothing is open, nothing can wait, and one question is all.

    Raises:
        SilentError: the server does not answer everything, or not well; half an answer is none.
    """
    try:
        running = await server.counted(RUNNING)
        return await _look(server, running, now) if running else Seen()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SilentError(f"it answers what nobody understands: {error!r}") from error


async def _look(server: Server, running: int, now: datetime) -> Seen:
    queues: dict[tuple[str, TaskType], None] = {}
    looked_at = 0
    for one in await server.newest(RUNNING, MOST_WORKFLOWS):
        more = queues | dict.fromkeys(_queues_of(one, await server.described(one), now))
        if len(more) > MOST_QUEUES:
            break
        queues, looked_at = more, looked_at + 1
    return Seen(
        running=max(running, looked_at),  # one may have begun since they were counted
        stuck=await server.counted(STUCK),
        looked_at=looked_at,
        queues=[_queue(name, kind, await server.queue(name, kind), now) for name, kind in queues],
    )


def _queues_of(one: Listed, description: Json, now: datetime) -> Iterator[tuple[str, TaskType]]:
    """Yield the queues that somebody has to poll for a workflow to go on."""
    yield one.queue, "Workflow"
    bare = Execution(one.workflow_id, one.run_id, one.kind, one.queue)
    for activity in described(bare, description, now).pending:
        yield activity.queue, "Activity"


def _queue(name: str, kind: TaskType, told: Json, now: datetime) -> Queue:
    waits = told["stats"]  # the JSON leaves out what is 0, but not the statistics themselves
    seen = [datetime.fromisoformat(poller["lastAccessTime"]) for poller in told.get("pollers", ())]
    return Queue(
        name=name,
        kind=kind,
        backlog=int(waits.get("approximateBacklogCount", 0)),
        age_s=float(str(waits.get("approximateBacklogAge", "0s")).removesuffix("s")),
        pollers=sum(now - at < LATELY for at in seen),
    )
