"""What the doctor looks at, as plain data: a server, workers, files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from labkit.checking.history import Event
from labkit.doctor.failures import Failure, failure_from_json
from labkit.doctor.sources import Source
from labkit.running import Crash, RunningWorker

Kind = Literal["workflows", "activities"]
LAB_IDENTITY = re.compile(r"\w+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How `labkit.worker` names a worker; whoever has such a name is in this workspace, or is gone."""
TASK_ENDS = ("WorkflowTaskCompleted", "WorkflowTaskFailed", "WorkflowTaskTimedOut")
POLL_S = 70
"""A poll takes up to 60 s, so who polls was seen within this time."""


@dataclass(frozen=True)
class Pending:
    """An activity that is not over.

    Attributes:
        kind: its type.
        queue: the task queue that it was put on.
        attempt: which attempt this is, from 1.
        most: how many there may be, 0 for no limit.
        running: whether a worker has it.
        failure: what the last attempt died of, if one has.
    """

    kind: str
    queue: str
    attempt: int = 1
    most: int = 0
    running: bool = False
    failure: Failure | None = None


@dataclass(frozen=True)
class Execution:
    """One run of a workflow, as the doctor sees it.

    Attributes:
        workflow_id: what its starter called it.
        run_id: what the server called it.
        kind: its workflow type.
        queue: its task queue.
        running: whether it is not over.
        length: how many events its history has, 0 if it is over.
        size: how many bytes, 0 if it is over.
        tail: the last of them.
        attempt: of the workflow task that is going on, from 1.
        waits_s: for how long a workflow task has been waiting for a worker; 0 if none is.
        pending: its activities that are not over.
    """

    workflow_id: str
    run_id: str
    kind: str
    queue: str
    running: bool = True
    length: int = 0
    size: int = 0
    tail: Sequence[Event] = ()
    attempt: int = 1
    waits_s: float = 0
    pending: Sequence[Pending] = ()

    @property
    def stumbled(self) -> Event | None:
        """How its workflow task went wrong, if it did and is being tried again."""
        if not self.running or self.attempt == 1:
            return None
        return next((event for event in reversed(self.tail) if event.kind in TASK_ENDS), None)

    @property
    def stuck_on(self) -> Failure | None:
        """What its workflow task fails of, again and again; None if it goes on."""
        failed = self.stumbled
        if failed is None or failed.kind != "WorkflowTaskFailed":
            return None
        return failure_from_json(
            failed.facts.get("failure", {}),
            cause=str(failed.facts.get("cause", "")),
            worker=str(failed.facts.get("identity", "")),
        )

    @property
    def signals(self) -> Iterator[str]:
        """The names of the signals that it was sent."""
        return (
            str(event.facts["signalName"])
            for event in self.tail
            if event.kind == "WorkflowExecutionSignaled"
        )


@dataclass(frozen=True)
class Poller:
    """Who polls a task queue, as the server remembers it, which it does for minutes.

    Attributes:
        identity: the worker's.
        seen: when it last began or ended a poll.
        kind: what it polls for, workflows or activities.
    """

    identity: str
    seen: datetime
    kind: Kind


@dataclass(frozen=True)
class Facts:
    """All that was seen.

    Attributes:
        now: when.
        address: where the server should be.
        server: why it is of no use; empty if it answers.
        executions: workflows, newest first.
        running: how many are running, those not looked at included.
        ids: the IDs of running workflows that the attendee's code would start again.
        pollers: who polls the queues that something waits on, by queue.
        workers: the workers of this workspace that are alive.
        crashes: the workers that did not come up.
        sources: the attendee's programs.
        labs: how the task queues of labs begin whose programs may be elsewhere, `d1l1`.
    """

    now: datetime
    address: str = ""
    server: str = ""
    executions: Sequence[Execution] = ()
    running: int = 0
    ids: frozenset[str] = frozenset()
    pollers: Mapping[str, Sequence[Poller]] = field(default_factory=dict)
    workers: Sequence[RunningWorker] = ()
    crashes: Sequence[Crash] = ()
    sources: Sequence[Source] = ()
    labs: frozenset[str] = frozenset()

    @property
    def looked_at(self) -> int:
        """How many of the running workflows were looked at."""
        return sum(execution.running for execution in self.executions)

    def listens(self, queue: str, kind: Kind) -> bool:
        """Whether anybody polls a queue now; nobody is accused if that is not known."""
        if queue not in self.pollers:
            return True
        if any(worker.queue == queue and getattr(worker, kind) for worker in self.workers):
            return True
        return any(p.kind == kind and self._alive(p) for p in self.pollers[queue])

    def _alive(self, poller: Poller) -> bool:
        if LAB_IDENTITY.fullmatch(poller.identity):
            return any(worker.identity == poller.identity for worker in self.workers)
        return (self.now - poller.seen).total_seconds() < POLL_S
