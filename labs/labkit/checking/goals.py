"""Goals, and the judgement of one: pure functions over executions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypedDict

from labkit.checking.history import Event, Run
from labkit.checking.source import Listed


class State(StrEnum):
    """How far a goal is."""

    DONE = "done"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """What one execution says about a goal.

    Attributes:
        done: whether it proves it.
        because: why, in a sentence for the attendee.
        event_id: the event that shows it, if a single one does.
        near: how close it came, for choosing among executions that prove nothing.
    """

    done: bool
    because: str
    event_id: int | None = None
    near: int = 0


def done(because: str, event: Event) -> Verdict:
    """Say that an execution proves the goal, and which event shows it."""
    return Verdict(done=True, because=because, event_id=event.id)


def not_yet(because: str, *, attempt: str, near: int = 0, event: Event | None = None) -> Verdict:
    """Say why an execution does not prove the goal, and what to try."""
    because = f"{because} Try: {attempt}"
    return Verdict(done=False, because=because, event_id=event.id if event else None, near=near)


@dataclass(frozen=True)
class Goal:
    """Something that a lab wants to see happen.

    Attributes:
        id: short and stable, `restart`.
        title: what happens when it is reached, one sentence.
        proof: judges one execution.
        begin: what to try while there is no execution at all.
        measured: whether it asks for what workers measured, which no history knows.
    """

    id: str
    title: str
    proof: Callable[[Run], Verdict]
    begin: str
    measured: bool = False


class Evidence(TypedDict):
    """Where to look: an execution, and an event of it if there is a single one."""

    workflow_id: str
    run_id: str
    event_id: int | None


@dataclass(frozen=True)
class Finding:
    """What is known about one goal.

    Attributes:
        goal: which.
        state: how far it is.
        because: why, in a sentence for the attendee.
        evidence: where that shows; None if nothing was found to look at.
    """

    goal: Goal
    state: State
    because: str
    evidence: Evidence | None

    def as_json(self, seat: str, lab: str, at: str) -> dict[str, Any]:
        """Return the result as the rest of the classroom knows it."""
        return {
            "seat": seat,
            "lab": lab,
            "goal": self.goal.id,
            "state": self.state.value,
            "because": self.because,
            "evidence": self.evidence,
            "at": at,
        }


def judge(goal: Goal, runs: Iterable[Run]) -> Finding:
    """Judge a goal by executions, newest first."""
    return settled(goal, ((run, verdict_on(goal, run)) for run in runs))


def verdict_on(goal: Goal, run: Run) -> Verdict:
    """Judge one execution. A history can be made up; one that confuses a check proves nothing."""
    try:
        return goal.proof(run)
    except Exception as error:
        because = f"the check does not understand its history ({type(error).__name__})."
        return Verdict(done=False, because=because, near=-2)


def settled(goal: Goal, verdicts: Iterable[tuple[Run | Listed, Verdict]]) -> Finding:
    """Return what the verdicts on executions, newest first, come to.

    The first that proves the goal decides; if none does, the one that came closest explains.
    """
    nearest: tuple[Run | Listed, Verdict] | None = None
    for run, verdict in verdicts:
        if verdict.done:
            return _finding(goal, State.DONE, run, verdict)
        if nearest is None or verdict.near > nearest[1].near:
            nearest = run, verdict
    if nearest is None:
        return Finding(goal, State.NOT_YET, f"Nothing was started yet. Try: {goal.begin}", None)
    return _finding(goal, State.NOT_YET, *nearest)


def doubted(finding: Finding, why: str) -> Finding:
    """Return a finding of somebody who has not read everything: what is not proven is unknown."""
    if finding.state is State.DONE:
        return finding
    return replace(finding, state=State.UNKNOWN, because=f"{why} {finding.because}")


def _finding(goal: Goal, state: State, run: Run | Listed, verdict: Verdict) -> Finding:
    evidence = Evidence(workflow_id=run.workflow_id, run_id=run.run_id, event_id=verdict.event_id)
    return Finding(goal, state, f"{run.workflow_id}: {verdict.because}", evidence)
