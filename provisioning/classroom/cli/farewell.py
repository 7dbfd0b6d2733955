"""The last words of a provision: where to go, what to hand out, what to mind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from classroom.cards.folder import CardsFolder
from classroom.cli.password import first_password
from classroom.engine.planning import ROOT
from classroom.engine.state import StateFolder
from classroom.errors import ClassroomError
from classroom.plan.desired import url
from classroom.spec import ClassFile, remarks


def farewell(class_file: ClassFile, state: StateFolder, *, good: bool) -> str:
    """Return what an instructor needs next.

    The console gets its first password here, and this is where it is shown. Where that can't be
    done after a good run, the reason is said; after a bad one the table has said it.
    """
    return "\n".join(_words(class_file, state, good=good))


def _words(class_file: ClassFile, state: StateFolder, *, good: bool) -> Iterator[str]:
    yield f"Attendees:  {url(class_file)}"
    yield f"Console:    {url(class_file, 'console')}"
    try:
        yield f"            {first_password(class_file, state)}"
    except ClassroomError as error:
        if good:
            yield f"            no password could be made: {error}"
    cards = CardsFolder(ROOT, class_file.name).csv
    if cards.exists():
        yield f"Cards:      {_short(cards)}; make cards puts them on paper"
    for remark in remarks(class_file):
        yield f"note: {remark}"


def _short(path: Path) -> Path:
    """Return the path as somebody in this folder would write it, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
