"""What is left of a lab that is done: ending it is offered, and takes nothing away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode
from tests import histories
from tests.histories import LABS

from labkit.checking.command import MOST_NAMED, Report, as_text
from labkit.checking.declared import goals_of
from labkit.checking.goals import Finding, State
from labkit.checking.history import Event, Run
from labkit.checking.leftovers import REASON, Ended, Left, end
from labkit.checking.reading import NEWEST
from labkit.checking.source import Listed
from labkit.labs import all_labs, find_lab
from labkit.seat import Seat

SEAT = Seat(
    "seat-07",
    "http://s07.localhost:8000",
    "temporal:7233",
    "default",
    {"grpc": 7233, "ui": 8233, "metrics": 8080},
)
LAB = find_lab(LABS, "D1L5")
NOW = datetime(2025, 7, 16, 10, 30, tzinfo=UTC)
NOT_FOUND = RPCStatusCode.NOT_FOUND
OFFER = "To end that, and keep the histories: lab end D1L5"


def text(*states: State, left: int) -> str:
    findings = [Finding(g, s, "so", None) for g, s in zip(goals_of(LAB), states, strict=False)]
    running = [
        Listed(f"parcel-{n}", "run", "Parcel", "d1l5_post", "Running", NOW) for n in range(left)
    ]
    return as_text(Report(findings, Left(running[:NEWEST], left)), LAB, SEAT, str)


def test_what_is_left_of_a_lab_that_is_done_is_named_with_the_way_to_end_it() -> None:
    last = text(State.DONE, State.DONE, left=2).splitlines()[-3:]
    assert last == [
        "2 of 2 goals reached.",
        "Still running, with nothing left to prove: parcel-0, parcel-1.",
        OFFER,
    ]


def test_where_nothing_is_left_nothing_is_offered() -> None:
    assert OFFER not in text(State.DONE, left=0)


def test_of_a_crowd_only_the_first_are_named() -> None:
    said = text(State.DONE, left=10_000)
    assert f"parcel-{MOST_NAMED - 1} and {10_000 - MOST_NAMED:,} more." in said


@dataclass
class Server:
    """A server with workflows that run; something may go on starting them.

    A listing still has what ended since the one before it.
    """

    running: list[str]
    restarts: bool = False
    listed: list[str] = field(default_factory=list)

    async def list_workflows(self, _: str, limit: int) -> AsyncIterator[WorkflowExecution]:
        shown, self.listed = self.listed or self.running, list(self.running)
        for workflow_id in shown[:limit]:
            yield cast(
                WorkflowExecution,
                SimpleNamespace(
                    id=workflow_id.split("/")[0],
                    run_id=workflow_id,
                    workflow_type="Parcel",
                    task_queue="d1l5_post",
                    status=WorkflowExecutionStatus.RUNNING,
                    start_time=NOW,
                    history_length=0,
                    raw_info=SimpleNamespace(history_size_bytes=0),
                ),
            )

    async def count_workflows(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(count=len(self.running))

    def get_workflow_handle(self, workflow_id: str) -> SimpleNamespace:
        async def terminate(reason: str) -> None:
            assert reason == REASON
            runs = [run for run in self.running if run.split("/")[0] == workflow_id]
            if not runs:
                raise RPCError("workflow execution already completed", NOT_FOUND, b"")
            self.running.remove(runs[0])
            if self.restarts:
                self.running.append(f"{workflow_id}/{len(runs[0])}{runs[0]}")

        return SimpleNamespace(terminate=terminate)


def ending(server: Server, patience: float) -> Ended:
    return asyncio.run(end(cast(Client, server), LAB, patience))


@pytest.mark.parametrize("many", [0, 1, NEWEST, 10_000])
def test_all_of_a_crowd_is_ended_and_counted(many: int) -> None:
    server = Server([f"parcel-{n}" for n in range(many)])
    came_to = ending(server, patience=30)
    assert server.running == []
    assert (came_to.ended.many, came_to.left.many) == (many, 0)


def test_what_has_continued_as_new_since_it_was_listed_is_ended_all_the_same() -> None:
    server = Server(["parcel-0/2"], listed=["parcel-0/1"])
    assert ending(server, patience=5).left.many == 0
    assert server.running == []


def test_what_is_started_again_and_again_is_told_and_left() -> None:
    server = Server([f"parcel-{n}/" for n in range(3)], restarts=True)
    came_to = ending(server, patience=0.5)
    assert came_to.ended.many >= 3
    assert came_to.left.many == 3


def terminated(run: Run) -> Run:
    """Return an execution as `lab end` leaves it."""
    last = run.events[-1]
    end = Event(last.id + 1, "WorkflowExecutionTerminated", run.read_at, {"reason": "lab end"})
    return replace(run, status="Terminated", events=(*run.events, end), pending=(), attempt=1)


@pytest.mark.parametrize("lab", [lab.id for lab in all_labs(LABS) if not lab.example])
def test_what_a_workflow_has_proven_it_proves_when_it_was_ended(lab: str) -> None:
    running = [
        run
        for name in sorted(histories.names(lab))
        if (run := histories.recorded(lab, name)).running
    ]
    for run in running:
        assert histories.reached(lab, run) <= histories.reached(lab, terminated(run))
