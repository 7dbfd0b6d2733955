"""A seat's labs and their goals, as its home shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from portal.progress import AtWork, Goal, Lab, Progress
from portal.store.results import DONE, Evidence, Result

WORDS = {DONE: "done", "not_yet": "not yet", "unknown": "not known"}

HISTORY = "/temporal/namespaces/default/workflows/{workflow}/{run}/history"
"""The page of a run in the seat's Temporal UI."""

TRY = " Try: "
"""What is left of it in a sentence is why, what is right of it is what to do."""

Results = Mapping[tuple[str, str], Result]
"""By lab and goal."""


def labs_state(seat: str, progress: Progress, results: Results, now: float) -> Mapping[str, object]:
    """Return how far a seat is in each lab, as it may change while its home is open."""
    return {
        "current": progress.seats.get(seat, AtWork("")).lab,
        "stale": progress.stale(now),
        "labs": {lab.id: _lab(seat, lab, results) for lab in progress.course},
    }


def _lab(seat: str, lab: Lab, results: Results) -> Mapping[str, object]:
    goals = {goal.id: _goal(seat, lab, goal, results) for goal in lab.goals}
    done = sum(goal["state"] == DONE for goal in goals.values())
    return {
        "state": DONE if done == len(goals) else "not_yet",
        "words": f"{done} of {len(goals)}",
        "goals": goals,
    }


def _goal(seat: str, lab: Lab, goal: Goal, results: Results) -> Mapping[str, str]:
    not_yet = Result(seat, lab.id, goal.id, "unknown", "Nobody has looked yet.")
    found = results.get((lab.id, goal.id), not_yet)
    because, _, attempt = found.because.partition(TRY)
    return {
        "state": found.state,
        "words": WORDS[found.state],
        "because": because,
        "try": attempt,
        "href": _page(found.evidence),
    }


def _page(evidence: Evidence | None) -> str:
    if evidence is None:
        return ""
    workflow, run = (quote(str(evidence[key]), safe="") for key in ("workflow_id", "run_id"))
    return HISTORY.format(workflow=workflow, run=run)
