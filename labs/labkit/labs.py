"""The labs of the course: a folder each, described by its lab.yml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Lab:
    """One lab.

    Attributes:
        folder: where its sources lie; the attendee's folder has the same name.
        id: as the course calls it, `D1L1`.
        title: its name.
        minutes: how long it takes in class.
        files: what an attendee gets, paths within the folder.
    """

    folder: Path
    id: str
    title: str
    minutes: int
    files: tuple[str, ...]


class UnknownLabError(Exception):
    """No lab has this id."""


def all_labs(labs_dir: Path) -> list[Lab]:
    """Return the labs in the order of the course."""
    return [_load(path) for path in sorted(labs_dir.glob("*/lab.yml"))]


def find_lab(labs_dir: Path, lab_id: str) -> Lab:
    """Return a lab by its id, capitals or not.

    Raises:
        UnknownLabError: there is none; the message names those that are there.
    """
    labs = all_labs(labs_dir)
    for lab in labs:
        if lab.id.lower() == lab_id.lower():
            return lab
    known = ", ".join(lab.id for lab in labs)
    raise UnknownLabError(f"There is no lab {lab_id}. There is: {known}.")


def _load(path: Path) -> Lab:
    facts = yaml.safe_load(path.read_text())
    return Lab(
        folder=path.parent,
        id=facts["id"],
        title=facts["title"],
        minutes=facts["minutes"],
        files=tuple(facts["files"]),
    )
