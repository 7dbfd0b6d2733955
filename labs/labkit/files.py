"""Lays files into the attendee's course folder, and never takes one away.

What was handed out is remembered by its digest, so a file that the attendee has not changed can be
renewed when the course has a better one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.render import lab_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from labkit.labs import Lab
    from labkit.seat import Seat

RECORD = ".handed-out.json"
SOLUTION = "solution"


@dataclass(frozen=True)
class HandedOut:
    """What became of files that were handed out.

    Attributes:
        created: those that were not there.
        renewed: those that the attendee had not changed, and the course had.
        same: those that are as the course has them.
        kept: those that are the attendee's own by now.
    """

    created: list[Path] = field(default_factory=list)
    renewed: list[Path] = field(default_factory=list)
    same: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def starter_files(lab: Lab, seat: Seat) -> dict[str, str]:
    """Return a lab's files as an attendee begins with them, by their paths in the course."""
    return {
        f"{lab.folder.name}/{name}": lab_file(lab, name, seat, solution=False) for name in lab.files
    }


def solution_files(lab: Lab, seat: Seat) -> dict[str, str]:
    """Return a lab's programs as they are when it is solved, by their paths in the course."""
    return {
        f"{lab.folder.name}/{SOLUTION}/{name}": lab_file(lab, name, seat, solution=True)
        for name in lab.files
        if name.endswith(".py")
    }


def hand_out(files: Mapping[str, str], course: Path) -> HandedOut:
    """Create the files that are not there, renew those that the attendee has not changed.

    Args:
        files: texts by their paths in the course.
        course: the attendee's folder of all labs.

    Raises:
        OSError: a file could not be written; nothing half-written is left under its name.
    """
    done = HandedOut()
    record = _record(course)
    try:
        for name, text in files.items():
            path = course / name
            if create_file(path, text):
                done.created.append(path)
            elif _digest_of(path) == _digest(text.encode()):
                done.same.append(path)
            elif name in record and renew_file(path, text, record[name]):
                done.renewed.append(path)
            else:
                done.kept.append(path)
                continue
            record[name] = _digest(text.encode())
    finally:
        _write_record(course, record)
    return done


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


def swap_file(path: Path, text: str, aside: Path) -> None:
    """Put a new file in the place of one that is kept under another name.

    Raises:
        OSError: the new one could not be written; the old one is in its place again.
    """
    path.rename(aside)
    try:
        create_file(path, text)
    except OSError:
        aside.rename(path)
        raise


def renew_file(path: Path, text: str, handed_out: str) -> bool:
    """Replace a file that is still as it was handed out; say whether it was.

    Args:
        path: which.
        text: its new text.
        handed_out: the digest of what was handed out.
    """
    if path.is_symlink() or _digest_of(path) != handed_out:
        return False
    aside = path.with_name(f".{path.name}.before")
    swap_file(path, text, aside)
    if _digest_of(aside) == handed_out:
        aside.unlink()
        return True
    # An editor saved it in this very moment.
    aside.rename(path)
    return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(path: Path) -> str:
    """Return a file's digest, an empty one for what is no file that can be read."""
    try:
        return _digest(path.read_bytes())
    except OSError:
        return ""


def _record(course: Path) -> dict[str, str]:
    """Return the digests of what was handed out; without them every file is the attendee's."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((course / RECORD).read_text())
        if isinstance(found, dict):
            return found
    return {}


def _write_record(course: Path, record: Mapping[str, str]) -> None:
    if record == _record(course):
        return
    draft = course / f"{RECORD}.new"
    draft.write_text(json.dumps(record, indent=1, sort_keys=True))
    draft.replace(course / RECORD)
