"""The event file: what a run leaves behind, one JSON object a line, whoever is killed meanwhile.

The proof writes ``{"event": "result", …}`` for each component, and ``{"event": "seat", …}`` for
each seat that is ready; the board writes the latter for stacks that nobody proves, and for
failures. The command computes its verdict from these lines, never from Ansible's exit code alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classroom.probe.result import Result, State

SHUT = "shut"
"""The event of a run that stopped before its seats, because nobody could be let in."""

READMITTED = "readmitted"
"""The event of a portal that had lost ``seats``, and was told of them again."""

VARIABLE = "CLASSROOM_EVENTS"
"""Environment variable that names the event file."""


def append_event(event: dict[str, Any]) -> None:
    """Add one event; without an event file, do nothing."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    # One write of one line to a file opened for appending: lines of several processes never mix.
    line = json.dumps(event) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def seat_event(
    seat: str, state: str, *, msg: str = "", where: str = "", remedy: str = ""
) -> dict[str, Any]:
    """Return the event that says how a stack's part of the run ended."""
    return {
        "event": "seat",
        "seat": seat,
        "state": state,
        "msg": msg,
        "where": where,
        "remedy": remedy,
    }


def append_result(result: Result) -> None:
    """Add a probe's result as an event."""
    append_event({"event": "result", **result_to_data(result)})


def result_to_data(result: Result) -> dict[str, Any]:
    """Return the result as JSON-able data."""
    return {**asdict(result), "state": result.state.value}


def result_from_data(data: dict[str, Any]) -> Result:
    """Rebuild a result from what `result_to_data` gave."""
    fields = {k: v for k, v in data.items() if k != "event"}
    return Result(**{**fields, "state": State(data["state"])})


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a finished run; a line cut off by a kill is left out."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event
