"""What watch leaves for others on this machine: its last pass, and what was lifted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from classroom.engine.state import StateFolder, write_private
from classroom.probe.result import Result, State
from classroom.report import to_json
from classroom.watch.depth import Part
from classroom.watch.quota import Usage

FRESH = timedelta(seconds=60)
"""Four passes: older words about volumes are not repeated."""


@dataclass(frozen=True)
class LastPass:
    """The last pass: when, what it came to in one line, and the volumes."""

    at: datetime
    line: str
    usage: Mapping[Part, Usage]

    def age(self, now: datetime) -> timedelta:
        """How long ago it was."""
        return now - self.at


def observation(
    results: Sequence[Result], usage: Mapping[Part, Usage], *, classroom: str, at: datetime
) -> str:
    """Return what the portal is told: the health report, and how full each volume is."""
    document = json.loads(to_json(results, classroom=classroom, at=at))
    document["quota"] = _nested({part: asdict(found) for part, found in usage.items()})
    return json.dumps(document)


def last_pass(path: Path) -> LastPass | None:
    """Return the last pass; None if there was none, or its record is damaged."""
    try:
        document = json.loads(path.read_text())
        return LastPass(
            at=datetime.fromisoformat(document["at"]),
            line=document["summary"]["line"],
            usage={
                part: Usage(int(found["used"]), int(found["limit"]), bool(found["stopped"]))
                for part, found in _flat(document["quota"]).items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True)
class LastProof:
    """What provision or health proved last: when, and how many components are in each state."""

    at: datetime
    states: Mapping[State, int]


def last_proof(path: Path) -> LastProof | None:
    """Return the last proof; None if there was none, or its record is damaged."""
    try:
        document = json.loads(path.read_text())
        states = document["summary"]["states"]
        at = datetime.fromisoformat(document["at"])
        return LastProof(at, {state: int(states[state.value]) for state in State})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def lately_proven(path: Path, now: datetime, age: timedelta) -> dict[tuple[str, str], str]:
    """Return seat and component -> version of what a proof found good, if it is no older.

    Args:
        path: the report that provision and health keep; a damaged one is no proof.
        now: the time.
        age: the oldest that counts.
    """
    try:
        document = json.loads(path.read_text())
        if not timedelta() <= now - datetime.fromisoformat(document["at"]) <= age:
            return {}
        return {
            (seat, component): str(found["version"])
            for seat, components in document["seats"].items()
            for component, found in components.items()
            if found["state"] == State.OK.value
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def fresh_usage(path: Path) -> Mapping[Part, Usage]:
    """Return how full the volumes were in a pass a moment ago; empty if that is long ago."""
    found = last_pass(path)
    return found.usage if found and found.age(datetime.now(UTC)) < FRESH else {}


def lifted(state: StateFolder) -> dict[Part, int]:
    """Return the bytes that an instructor allowed; losing the file costs just that."""
    try:
        found = _flat(json.loads(_lifted(state).read_text()))
        return {part: int(limit) for part, limit in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_lifted(state: StateFolder, limits: Mapping[Part, int]) -> None:
    """Keep what an instructor allowed, for the next watch.

    Raises:
        EngineError: it can't be written.
    """
    write_private(_lifted(state), json.dumps(_nested(limits)))


def _lifted(state: StateFolder) -> Path:
    return state.path / "lifted.json"


def _nested(found: Mapping[Part, Any]) -> dict[str, dict[str, Any]]:
    """Return seat -> component -> what was found, as JSON has it."""
    nested: dict[str, dict[str, Any]] = {}
    for (seat, component), value in found.items():
        nested.setdefault(seat, {})[component] = value
    return nested


def _flat(nested: Mapping[str, Mapping[str, Any]]) -> dict[Part, Any]:
    return {(seat, c): value for seat, parts in nested.items() for c, value in parts.items()}
