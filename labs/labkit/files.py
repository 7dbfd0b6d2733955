"""Lays a lab's files into the attendee's course folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from labkit.render import lab_file

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.labs import Lab
    from labkit.seat import Seat


def create_files(lab: Lab, course: Path, seat: Seat) -> list[Path]:
    """Create the files of a lab that are not there yet, and touch none that is.

    Returns:
        The files created.

    Raises:
        OSError: a file could not be written; nothing half-written is left under its name.
    """
    return [
        path
        for name in lab.files
        if create_file(
            path := course / lab.folder.name / name,
            lab_file(lab, name, seat, solution=False),
        )
    ]


def create_file(path: Path, text: str) -> bool:
    """Write a file whole or not at all, unless its name is taken, if only by a dangling link."""
    if os.path.lexists(path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text)
        # Unlike a rename, a link never replaces a file that appeared meanwhile.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True
