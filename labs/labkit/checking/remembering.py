"""What `lab check` has once seen done stays done.

A worker's counters end with it, a history may be deleted, and a loop may start more workflows than
a check looks at. So who has proven a goal once is not asked to prove it again: it is in a small
file in the attendee's home, by namespace, lab and goal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from labkit.checking.goals import Evidence, Finding, State

FILE = ".local/state/lab/done.json"


def with_memory(findings: Sequence[Finding], path: Path, place: str) -> list[Finding]:
    """Return findings in which a goal that was done once is done still, by what showed it.

    What is done now is remembered. That it can't be, on a full disk, is no reason not to tell it.

    Args:
        findings: of one lab.
        path: where it is remembered.
        place: the namespace and the lab, in one word.
    """
    everything = _read(path)
    kept = everything.setdefault(place, {})
    found = []
    for finding in findings:
        goal = finding.goal
        if finding.state is State.DONE:
            kept[goal.id] = {"because": finding.because, "evidence": finding.evidence}
        elif then := _finding(finding, kept.get(goal.id)):
            found.append(then)
            continue
        found.append(finding)
    if kept:
        with suppress(OSError):
            _write(path, everything)
    return found


def _finding(now: Finding, then: Any) -> Finding | None:  # noqa: ANN401 - of a file that may hold anything
    try:
        evidence = then["evidence"]
        seen = Evidence(
            workflow_id=str(evidence["workflow_id"]),
            run_id=str(evidence["run_id"]),
            event_id=None if evidence["event_id"] is None else int(evidence["event_id"]),
        )
        return replace(now, state=State.DONE, because=str(then["because"]), evidence=seen)
    except (TypeError, KeyError, ValueError):
        return None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(read, Mapping):
        return {}
    return {place: dict(kept) for place, kept in read.items() if isinstance(kept, Mapping)}


def _write(path: Path, everything: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(everything, indent=1) + "\n")
    draft.replace(path)
