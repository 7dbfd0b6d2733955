"""How far the seats are: what the portal is told of it, and what of that is news. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from classroom.probe.reply import clip
from labkit.checking.declared import Checked
from labkit.checking.following import Look
from labkit.doctor.troubles import Trouble

LASTING_SECONDS = 60.0
"""What lasts no longer is how a lab goes: a worker that was just killed, a code just mended."""

MOST_RESULTS = 250
"""In one message to the portal; what is left goes with the next."""

MOST_STUCK = 5
"""Workflows of one seat that stand still: a loop may have started thousands."""

TEXT = 600
"""Characters of a sentence: its end may be an error's message, of any length."""

Result = Mapping[str, Any]
Key = tuple[str, str, str]
"""Seat, lab and goal."""


@dataclass(frozen=True)
class Stuck:
    """A workflow that stands still, and since when, in seconds since 1970, UTC."""

    trouble: Trouble
    since: float


@dataclass(frozen=True)
class AtWork:
    """What a seat is at: the id of its current lab, and what stands still there."""

    lab: str
    stuck: Sequence[Stuck] = ()


@dataclass
class Lasting:
    """Remembers since when troubles of one seat have been there."""

    since: dict[tuple[str, str], float] = field(default_factory=dict)

    def of(self, found: Iterable[Trouble], now: float) -> list[Stuck]:
        """Return the troubles that last, newest first; those that are gone begin anew."""
        troubles = {(trouble.run_id, trouble.kind): trouble for trouble in found}
        self.since = {key: self.since.get(key, now) for key in troubles}
        stuck = [
            Stuck(trouble, self.since[key])
            for key, trouble in troubles.items()
            if now - self.since[key] >= LASTING_SECONDS
        ]
        return sorted(stuck, key=lambda one: one.since, reverse=True)[:MOST_STUCK]


@dataclass
class Told:
    """Remembers what the portal knows of each goal, so that it is told only what is news."""

    last: dict[Key, Result] = field(default_factory=dict)

    def news(self, results: Iterable[Result]) -> list[Result]:
        """Return what the portal does not know yet, as much as fits a message."""
        fresh = [r for r in results if _content(r) != _content(self.last.get(_key(r), {}))]
        return fresh[:MOST_RESULTS]

    def taken(self, results: Iterable[Result]) -> None:
        """Note what the portal took."""
        self.last |= {_key(result): result for result in results}


def results(seat: str, look: Look, at: datetime) -> list[Result]:
    """Return what a look came to, a result a goal."""
    when = at.isoformat(timespec="seconds")
    found = [
        finding.as_json(seat, lab, when)
        for lab, findings in look.findings.items()
        for finding in findings
    ]
    return [{**result, "because": clip(result["because"], TEXT)} for result in found]


def document(course: Sequence[Checked], seats: Mapping[str, AtWork], news: Sequence[Result]) -> str:
    """Return what the portal is told: the course, where each seat is, and results that are news."""
    return json.dumps(
        {
            "course": [
                {
                    "id": checked.lab.id,
                    "title": checked.lab.title,
                    "goals": [{"id": goal.id, "title": goal.title} for goal in checked.goals],
                }
                for checked in course
                if checked.goals
            ],
            "seats": {
                seat: {"lab": at.lab, "stuck": [_stuck(one) for one in at.stuck]}
                for seat, at in seats.items()
            },
            "results": news,
        }
    )


def _stuck(one: Stuck) -> Mapping[str, object]:
    trouble = one.trouble
    return {
        "because": clip(f"{trouble.about} {trouble.what}", TEXT),
        "try": clip(trouble.cure.replace("{id}", trouble.about), TEXT),
        "since": int(one.since),
    }


def _key(result: Result) -> Key:
    return result["seat"], result["lab"], result["goal"]


def _content(result: Result) -> Result:
    return {key: value for key, value in result.items() if key != "at"}
