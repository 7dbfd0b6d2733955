"""What checks read from: a Temporal server, by whatever way it can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from labkit.checking.history import Json, title_case

STATUS = "WORKFLOW_EXECUTION_STATUS_"


class SilentError(Exception):
    """The server does not answer, or not well; the message says how."""


@dataclass(frozen=True)
class Listed:
    """An execution as the server lists it.

    Attributes:
        workflow_id: what the starter called it.
        run_id: what the server called it.
        kind: its workflow type.
        queue: the task queue that it runs on.
        status: `Running`, `Completed`, `Failed`, `TimedOut` …
        started: when it began.
        length: how many events its history has; a listing learns it when the workflow is over.
        size: how many bytes, learned at the same time.
    """

    workflow_id: str
    run_id: str
    kind: str
    queue: str
    status: str
    started: datetime
    length: int = 0
    size: int = 0

    @property
    def running(self) -> bool:
        """Whether it was not over."""
        return self.status == "Running"


class Source(Protocol):
    """A server's executions. Every method may raise SilentError."""

    async def listed(self, query: str, most: int) -> Sequence[Listed]:
        """Return those that a query finds, as many as asked for: running ones, then newest."""

    async def described(self, one: Listed) -> Json:
        """Return what the server tells of an execution beside its history."""

    async def history(self, one: Listed) -> Json:
        """Return the whole history of an execution."""


def listed_from_json(info: Json) -> Listed:
    """Return an execution of a listing in the server's JSON."""
    return Listed(
        workflow_id=info["execution"]["workflowId"],
        run_id=info["execution"]["runId"],
        kind=info["type"]["name"],
        queue=str(info.get("taskQueue", "")),
        status=title_case(str(info.get("status", "UNKNOWN")), STATUS),
        started=datetime.fromisoformat(info["startTime"]),
        length=int(info.get("historyLength", 0)),
        size=int(info.get("historySizeBytes", 0)),
    )
