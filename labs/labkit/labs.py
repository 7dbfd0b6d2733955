"""The labs and worked examples of the course: a folder each, described by its lab.yml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from labkit.errors import LabError
from labkit.timetable import Part, timetable

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Lab:
    """One lab, or one worked example.

    Attributes:
        folder: where its sources lie; the attendee's folder has the same name.
        id: as the course calls it, `D1L1`.
        title: its name.
        part: its place in the timetable; the examples share one, for a topic of one's choice.
        files: what an attendee gets, paths within the folder.
        breaks: what it has happen to workflows on purpose, as the doctor calls it.
    """

    folder: Path
    id: str
    title: str
    part: Part
    files: tuple[str, ...]
    breaks: frozenset[str] = frozenset()

    @property
    def minutes(self) -> int:
        """How long it takes in class."""
        return self.part.minutes

    @property
    def example(self) -> bool:
        """Whether it is a worked example: finished as it stands, without TODOs and goals."""
        return self.part.choice


class UnknownLabError(LabError):
    """No lab has this id."""


def all_labs(labs_dir: Path) -> list[Lab]:
    """Return the labs in the order of the course, examples by their number."""
    parts = timetable(labs_dir)
    labs = [_load(path, parts) for path in labs_dir.glob("*/lab.yml")]
    return sorted(labs, key=lambda lab: (parts.index(lab.part), len(lab.id), lab.id))


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


def _load(path: Path, parts: list[Part]) -> Lab:
    facts = yaml.safe_load(path.read_text())
    return Lab(
        folder=path.parent,
        id=facts["id"],
        title=facts["title"],
        part=_part(facts["id"], parts),
        files=tuple(facts["files"]),
        breaks=frozenset(facts.get("breaks", ())),
    )


def _part(lab_id: str, parts: list[Part]) -> Part:
    own = (part for part in parts if part.lab == lab_id)
    return next(own, None) or next(part for part in parts if part.choice)
