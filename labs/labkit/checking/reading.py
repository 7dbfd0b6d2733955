"""Reads a lab's executions from a server. It only ever reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labkit.checking.history import Json, Run, events_from_json, pending_from_json, title_case
from labkit.checking.source import STATUS, Listed, Source

NEWEST = 300
"""How many executions of a lab are looked at: a loop may have started thousands."""

CROWDED = f"There are more workflows than the {NEWEST} that are looked at."

LONGEST = 2_000
"""Events of the longest history that is read: a lab's have less than a hundred."""

LARGEST = 400_000
"""Bytes of the largest history that is read: a lab's have a tenth of that."""

AT_ONCE = 8


@dataclass(frozen=True)
class Reading:
    """What was read.

    Attributes:
        runs: a lab's executions, newest first.
        skipped: the IDs of workflows whose history is too long to be read.
        full: whether there may be more of them than are looked at.
    """

    runs: Sequence[Run]
    skipped: Sequence[str]
    full: bool = False


@dataclass(frozen=True)
class Read:
    """An execution that was read.

    Attributes:
        run: itself.
        length: of its history, as the server told it before it was fetched.
        description: what the server tells of it beside its history; empty if it is over.
    """

    run: Run
    length: int
    description: Json = field(default_factory=dict)


def queues_of(lab_id: str) -> str:
    """Return how the task queues of a lab begin, and nobody else's."""
    return f"{lab_id.lower()}_"


async def read_runs(source: Source, lab_id: str) -> Reading:
    """Read the newest executions of a lab: those on task queues that begin with its id.

    Raises:
        SilentError: the server does not answer, or not well.
    """
    listed = await source.listed(f"TaskQueue STARTS_WITH '{queues_of(lab_id)}'", NEWEST)
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(found: Listed) -> Read | None:
        async with turn:
            return await read(source, found)

    found = await asyncio.gather(*map(one, listed))
    return Reading(
        runs=[each.run for each in found if each],
        skipped=[one.workflow_id for one, each in zip(listed, found, strict=True) if not each],
        full=len(listed) >= NEWEST,
    )


async def read(source: Source, listed: Listed, before: Read | None = None) -> Read | None:
    """Return an execution, None if its history is too long to be read.

    A history only grows: one that is as long as when it was read before is not fetched again.

    Raises:
        SilentError: the server does not answer, or not well.
    """
    length, size, status = listed.length, listed.size, listed.status
    described: Json = {}
    # First the attempts, then the history: an activity that ends in between is in both.
    if listed.running:
        described = await source.described(listed)
        info = described["workflowExecutionInfo"]
        # The listing learns it when the workflow is over.
        length, size = int(info["historyLength"]), int(info.get("historySizeBytes", 0))
        status = title_case(info["status"], STATUS)
    if length > LONGEST or size > LARGEST:
        return None
    if before and before.length == length:
        events = before.run.events
    else:
        events = events_from_json(await source.history(listed))
    task = described.get("pendingWorkflowTask", {})
    run = Run(
        workflow_id=listed.workflow_id,
        run_id=listed.run_id,
        kind=listed.kind,
        status=status,
        events=events,
        pending=pending_from_json(described),
        read_at=datetime.now(UTC),
        attempt=int(task.get("attempt", 1)),
    )
    return Read(run, length, described)
