"""`lab reset`: a lab as it was handed out, with a copy kept of what the attendee had made of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.files import hand_out, starter_files, swap_file

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from labkit.labs import Lab
    from labkit.seat import Seat

KEPT = "kept"


@dataclass(frozen=True)
class Reset:
    """What a reset did.

    Attributes:
        kept: where the attendee's files are now, None if none had been changed.
        replaced: the names of those files.
        created: the names of files that were missing.
    """

    kept: Path | None
    replaced: list[str]
    created: list[str]


def reset(lab: Lab, course: Path, seat: Seat, now: datetime) -> Reset:
    """Make a lab's files what they were at first; changed ones are moved, never deleted.

    Files that the attendee added stay where they are.

    Raises:
        OSError: a file could not be written; the attendee's is in its place again.
    """
    files = starter_files(lab, seat)
    handed = hand_out(files, course)
    kept = None
    if handed.kept:
        kept = _new_folder(course / lab.folder.name / KEPT, f"{now:%Y-%m-%d-%H%M%S}")
        for path in handed.kept:
            swap_file(path, files[str(path.relative_to(course))], kept / path.name)
        hand_out(files, course)  # remembers them as handed out
    return Reset(
        kept=kept,
        replaced=[path.name for path in handed.kept],
        created=[path.name for path in (*handed.created, *handed.renewed)],
    )


def _new_folder(parent: Path, name: str) -> Path:
    """Make a folder that was not there, for two resets may come within a second."""
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError
