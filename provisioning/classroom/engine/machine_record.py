"""What preparing the machine has changed, as the roles recorded it, with the way back.

The roles write the record before they change anything, so a run that is killed half-way leaves
too much in it rather than too little; what is not there (any more) is left out on reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classroom.errors import ClassroomError

RECORD = Path("/var/lib/classroom/machine.json")
"""On the machine, not in a checkout: several checkouts share what was changed."""


@dataclass(frozen=True)
class Change:
    """Something that this machine did not have before, and the command that undoes it.

    Attributes:
        what: what there is now.
        undo: the command.
        shared: whether other classrooms on this machine need it as well.
    """

    what: str
    undo: str
    shared: bool


def machine_changes(classroom: str) -> list[Change]:
    """Return what preparing this machine has changed and is still in place.

    What was changed for another classroom alone is left out: undoing it would hurt that one.
    """
    record = read_record(RECORD)
    return changes(record, classroom=classroom, exists=lambda path: Path(path).exists())


def read_record(path: Path) -> dict[str, Any]:
    """Return the record; empty when nothing was ever changed.

    Raises:
        ClassroomError: there is one, but it can't be read.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ClassroomError(
            f"the record of what was changed on this machine can't be read: {error}",
            where=str(path),
            remedy="remove it, if you know what was installed; it is made anew by the next run",
        ) from error
    return record


def changes(
    record: Mapping[str, Any], *, classroom: str, exists: Callable[[str], bool]
) -> list[Change]:
    """Return a record's changes, for all or for this classroom, whose ``proof`` ``exists``."""
    return [
        Change(entry["what"], entry["undo"], shared="classroom" not in entry)
        for entry in record.get("changes", {}).values()
        if exists(entry["proof"]) and entry.get("classroom", classroom) == classroom
    ]
