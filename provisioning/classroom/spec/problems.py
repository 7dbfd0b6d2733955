"""Problems with what an instructor wrote: where, which key, the value, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

_LONGEST_VALUE = 60


class Refused(Exception):  # noqa: N818 - the answer to a value, caught within this package
    """A value that is not allowed.

    Attributes:
        why: what is wrong, said of the value: ``is not a port``.
        instead: what to write, when this one value deserves a better answer than its kind's own.
    """

    def __init__(self, why: str, instead: str = "") -> None:
        super().__init__(why, instead)
        self.why = why
        self.instead = instead


@dataclass(frozen=True)
class Place:
    """A spot in a file, counted from 1, or a word of the command line (``N=``) with no lines."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass
class Problems:
    """Collects every problem, and tells which keys have one."""

    _found: list[tuple[Place, str]] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def add(self, place: Place, what: str, *, key: str = "") -> None:
        """Note what is wrong at a place, and with which key if it is about one."""
        self._keys.add(key)
        self._found.append((place, f"{key}: {what}" if key else what))

    def about(self, key: str) -> bool:
        """Whether the key has a problem already, so that its value means nothing."""
        return key in self._keys

    def within(self, file: str) -> bool:
        """Whether the file has a problem."""
        return any(place.file == file for place, _ in self._found)

    def texts(self) -> tuple[str, ...]:
        """Every problem as one line of text: by file, and within a file from top to bottom."""
        files = list(dict.fromkeys(place.file for place, _ in self._found))
        ordered = sorted(
            self._found, key=lambda one: (files.index(one[0].file), one[0].line, one[0].column)
        )
        return tuple(f"{place}: {what}" for place, what in ordered)


def excerpt(written: str) -> str:
    """What was written, on one line, short enough for a message."""
    line = " ".join(written.split())
    short = line if len(line) <= _LONGEST_VALUE else line[: _LONGEST_VALUE - 1] + "…"
    return printable(short)


def printable(text: str) -> str:
    """The text with whatever could move a terminal's cursor, or not be printed, escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def display(path: Path) -> str:
    """The path as a person at this prompt would write it: relative if it lies below here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
