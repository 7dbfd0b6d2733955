"""What the doctor can tell of a seat without being in it: which workflows stand still, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from labkit.checking.reading import Read
from labkit.doctor.described import described
from labkit.doctor.diagnoses import FROM_OUTSIDE, troubles
from labkit.doctor.facts import Execution, Facts, Poller
from labkit.doctor.troubles import Trouble
from labkit.labs import Lab
from labkit.running import RunningWorker

TAIL = 100
"""Events at the end of a history that are looked at, as by the doctor in the workspace."""

MOST_QUEUES = 3
"""Queues whose pollers are asked for in one look: to a server, that is like a listing."""


class Surroundings(Protocol):
    """Who works on a seat's queues. Every method may raise SilentError."""

    async def workers(self) -> Sequence[RunningWorker]:
        """Return the workers that run in the seat, as far as they can be told from outside."""

    async def pollers(self, queue: str) -> Sequence[Poller]:
        """Return who polls a queue, as the server remembers it."""


async def standing_still(
    around: Surroundings, running: Sequence[Read], labs: Sequence[Lab], current: str, now: datetime
) -> list[Trouble]:
    """Return what stops workflows of a seat, without what its current lab breaks on purpose.

    Args:
        around: who works there; it is asked only if something waits.
        running: what is not over.
        labs: those of the course.
        current: the id of the lab that the attendee is at work on.
        now: the time.

    Raises:
        SilentError: it could not be learned who works there.
    """
    executions = [_execution(one, now) for one in running]
    own = f"{current.lower()}_"
    waited_on = set().union(*map(_waits_on, executions))
    queues = sorted(waited_on, key=lambda queue: (not queue.startswith(own), queue))[:MOST_QUEUES]
    workers = await around.workers() if queues else ()
    pollers = {queue: await around.pollers(queue) for queue in queues}
    return list(_counted(facts(executions, workers, pollers, labs, now), labs, current))


def facts(
    executions: Sequence[Execution],
    workers: Sequence[RunningWorker],
    pollers: Mapping[str, Sequence[Poller]],
    labs: Sequence[Lab],
    now: datetime,
) -> Facts:
    """Return what is known from outside, for the doctor's diagnoses."""
    return Facts(
        now=now,
        executions=executions,
        workers=workers,
        pollers=pollers,
        labs=frozenset(lab.id.lower() for lab in labs),
    )


def _counted(known: Facts, labs: Sequence[Lab], current: str) -> Iterator[Trouble]:
    on_purpose = next((lab.breaks for lab in labs if lab.id == current), frozenset())
    queues = {execution.run_id: execution.queue for execution in known.executions}
    for trouble in troubles(known, FROM_OUTSIDE):
        own = queues[trouble.run_id].startswith(f"{current.lower()}_")
        if not own or trouble.kind not in on_purpose:
            yield trouble


def _execution(one: Read, now: datetime) -> Execution:
    run = one.run
    bare = Execution(
        workflow_id=run.workflow_id,
        run_id=run.run_id,
        kind=run.kind,
        queue=run.task_queue,
        running=run.running,
        tail=run.events[-TAIL:],
    )
    return described(bare, one.description, now)


def _waits_on(execution: Execution) -> set[str]:
    """Return the queues that somebody should poll for a workflow to go on."""
    queues = {activity.queue for activity in execution.pending if not activity.running}
    return queues | {execution.queue} if execution.waits_s > 0 else queues
