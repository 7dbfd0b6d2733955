"""Results of checks: for each seat, lab and goal the last one, or the first that was done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.store.database import Database

DONE = "done"
RESULT_STATES = (DONE, "not_yet", "unknown")
"""The words of ``labkit.checking.goals.State``, which is not installed beside the portal."""

Evidence = Mapping[str, object]


@dataclass(frozen=True)
class Result:
    """What is known of a goal in a seat.

    Attributes:
        seat: ``seat-07``.
        lab: the lab's id.
        goal: the goal's id.
        state: one of RESULT_STATES.
        because: why, a sentence, and what to try if it is not done.
        evidence: ``workflow_id``, ``run_id`` and ``event_id`` of what shows it, if anything does.
    """

    seat: str
    lab: str
    goal: str
    state: str
    because: str
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Reached:
    """How many goals of a lab a seat has reached, and when the last of them, in seconds, UTC."""

    seat: str
    lab: str
    goals: int
    last: float


class Results:
    """The table of results."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, results: Iterable[Result], now: float) -> None:
        """Note results; what was once done stays as it is, and what is about no seat is left out.

        Call it within a transaction.
        """
        for one in results:
            evidence = "" if one.evidence is None else json.dumps(one.evidence)
            self._database.write(
                "INSERT INTO results (seat, lab, goal, state, because, evidence, at)"
                " SELECT seat, ?, ?, ?, ?, ?, ? FROM seats WHERE seat = ?"
                " ON CONFLICT (seat, lab, goal) DO UPDATE SET state = excluded.state,"
                " because = excluded.because, evidence = excluded.evidence, at = excluded.at"
                " WHERE results.state <> 'done'",
                *(one.lab, one.goal, one.state, one.because, evidence, now, one.seat),
            )

    def of_seat(self, seat: str) -> dict[tuple[str, str], Result]:
        """Return a seat's results, by lab and goal."""
        rows = self._database.rows("SELECT * FROM results WHERE seat = ?", seat)
        return {(row["lab"], row["goal"]): _result(row) for row in rows}

    def reached(self) -> list[Reached]:
        """Return how far every seat is in every lab in which it has reached anything."""
        rows = self._database.rows(
            "SELECT seat, lab, count(*) AS goals, max(at) AS last FROM results"
            " WHERE state = 'done' GROUP BY seat, lab"
        )
        return [Reached(row["seat"], row["lab"], row["goals"], row["last"]) for row in rows]


def _result(row: sqlite3.Row) -> Result:
    return Result(
        seat=row["seat"],
        lab=row["lab"],
        goal=row["goal"],
        state=row["state"],
        because=row["because"],
        evidence=json.loads(row["evidence"]) if row["evidence"] else None,
    )
