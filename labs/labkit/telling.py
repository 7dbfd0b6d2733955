"""Tells an exception to a person: what it was, what was behind it, and in which of their lines."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NOT_THEIRS = (
    *{sysconfig.get_path(name) for name in ("stdlib", "purelib")},
    str(Path(__file__).parent),
    "<frozen",
)


@dataclass(frozen=True)
class Told:
    """An exception for a person.

    Attributes:
        text: its lines.
        places: where in the attendee's own files, `workflows.py, line 24`, outermost first.
    """

    text: list[str]
    places: list[str]


def told(error: BaseException) -> Told:
    """Tell an exception and those behind it, the first that happened first."""
    text: list[str] = []
    places: list[str] = []
    for one in _chain(error):
        parts = traceback.TracebackException.from_exception(one)
        for frame in parts.stack:
            if not frame.filename.startswith(NOT_THEIRS):
                places.append(f"{Path(frame.filename).name}, line {frame.lineno}")
                text.append(f"{places[-1]}: {frame.line}")
        if isinstance(one, SyntaxError) and one.filename:
            places.append(f"{Path(one.filename).name}, line {one.lineno}")
        text += "".join(parts.format_exception_only()).splitlines()
    return Told(text, places)


def first_cause(error: BaseException) -> str:
    """Return in one line what happened first."""
    first = next(_chain(error))
    what = getattr(first, "msg", None) or str(first)
    return f"{type(first).__name__}: {what}".partition("\n")[0]


def reasons(error: BaseException) -> str:
    """Return in one line what the errors behind an error say, the nearest first.

    For what a workflow's client gets: the error itself says no more than that the workflow failed.
    """
    *behind, _ = _chain(error)
    return " <- ".join(map(str, reversed(behind)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
    yield error
