"""Understands what watch tells of the seats' progress. Pure; what is wrong is said in words."""

from __future__ import annotations

from collections.abc import Mapping

from portal.hosts import is_seat
from portal.operator.values import WrongError, amount, as_mapping, by_seat, objects, text
from portal.progress import AtWork, Goal, Lab, Progress, Standing
from portal.store.results import RESULT_STATES, Evidence, Result


def progress(body: Mapping[str, object], at: float) -> Progress:
    """Return the course and where each seat is in it; raises WrongError."""
    return Progress(
        at=at,
        course=[_lab(lab) for lab in objects(body, "course")],
        seats={
            seat: _at_work(as_mapping(value, f"seats.{seat}"))
            for seat, value in by_seat(body, "seats")
        },
    )


def results(body: Mapping[str, object]) -> list[Result]:
    """Return the results that are news; raises WrongError."""
    return [_result(result) for result in objects(body, "results")]


def _lab(body: Mapping[str, object]) -> Lab:
    goals = [Goal(text(goal, "id"), text(goal, "title")) for goal in objects(body, "goals")]
    return Lab(text(body, "id"), text(body, "title"), goals)


def _at_work(body: Mapping[str, object]) -> AtWork:
    return AtWork(text(body, "lab"), [_standing(one) for one in objects(body, "stuck")])


def _standing(body: Mapping[str, object]) -> Standing:
    return Standing(
        because=text(body, "because"),
        attempt=text(body, "try"),
        since=amount(body, "since", 0),
    )


def _result(body: Mapping[str, object]) -> Result:
    seat, state = text(body, "seat"), text(body, "state")
    if not is_seat(seat):
        raise WrongError(f"results: {seat!r} is not a seat's name, like seat-07")
    if state not in RESULT_STATES:
        raise WrongError(f"results.state: {state!r} is none of {', '.join(RESULT_STATES)}")
    return Result(
        seat=seat,
        lab=text(body, "lab"),
        goal=text(body, "goal"),
        state=state,
        because=text(body, "because"),
        evidence=_evidence(body.get("evidence")),
    )


def _evidence(value: object) -> Evidence | None:
    if value is None:
        return None
    body = as_mapping(value, "evidence")
    event = body.get("event_id")
    return {
        "workflow_id": text(body, "workflow_id"),
        "run_id": text(body, "run_id"),
        "event_id": None if event is None else amount(body, "event_id", 0),
    }
