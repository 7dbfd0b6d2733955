"""`lab hint`: for each numbered TODO of a lab something to think of, and the way to go.

They stand in the lab's hints.yml. The third help, after those two, is `lab solution`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from labkit.labs import Lab

TODO = re.compile(r"#\s*TODO (\d+)")


@dataclass(frozen=True)
class Hint:
    """The help for one TODO.

    Attributes:
        todo: its number.
        file: where it stands.
        nudge: what to think of.
        way: how to go about it, short of the code.
    """

    todo: int
    file: str
    nudge: str
    way: str


def hints_of(lab: Lab) -> list[Hint]:
    """Return a lab's hints, in the order of its TODOs."""
    path = lab.folder / "hints.yml"
    if not path.exists():
        return []
    facts = yaml.safe_load(path.read_text())
    return [
        Hint(todo, hint["file"], hint["nudge"].strip(), hint["way"].strip())
        for todo, hint in sorted(facts.items())
    ]


def hint_for(hints: Iterable[Hint], todo: int, lab_id: str) -> Hint:
    """Return the hint for a TODO.

    Raises:
        LabError: the lab has no such TODO; the message names those it has.
    """
    by_number = {hint.todo: hint for hint in hints}
    if todo in by_number:
        return by_number[todo]
    known = ", ".join(map(str, by_number)) or "none"
    raise LabError(f"{lab_id} has no hint for a TODO {todo}. Its TODOs with hints: {known}.")


def standing(hints: Iterable[Hint], place: Path) -> list[Hint]:
    """Return the hints whose TODO comments are still in the attendee's files."""
    numbers = {int(found) for path in place.glob("*.py") for found in _todos(path)}
    return [hint for hint in hints if hint.todo in numbers]


def _todos(path: Path) -> list[str]:
    try:
        return TODO.findall(path.read_text(errors="replace"))
    except OSError:
        return []
