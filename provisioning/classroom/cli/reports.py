"""Where health's documents go: a file never keeps what an earlier health found."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classroom.errors import UsageError
from classroom.report import to_json, to_junit

STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class Reports:
    """The documents that were asked for; empty where one was not.

    Attributes:
        json: a file, or ``-`` for standard output, which then holds nothing else.
        junit: a file.
    """

    json: str
    junit: str

    @property
    def on_screen(self) -> bool:
        """Whether standard output belongs to a program."""
        return self.json == STANDARD_OUTPUT

    def begin(self) -> None:
        """Remove the files of an earlier health: whatever ends this one, none of them is green.

        Pipes and devices stay, and so do links, which may lead to one.

        Raises:
            UsageError: JUnit is asked for where it can't go.
            OSError: a file can't be removed.
        """
        if self.junit == STANDARD_OUTPUT:
            raise UsageError(
                "JUnit goes to a file",
                where="JUNIT=",
                remedy="JUNIT=health.xml, or JSON=- for JSON on standard output",
            )
        for path in (Path(p) for p in (self.json, self.junit) if p and p != STANDARD_OUTPUT):
            if path.is_file() and not path.is_symlink():
                path.unlink()

    def write(self, json: str, junit: str) -> None:
        """Write what was asked for; standard output last, so that no error comes after it.

        Raises:
            OSError: a file can't be written.
        """
        if self.junit and self.junit != STANDARD_OUTPUT:
            Path(self.junit).write_text(junit)
        if self.json and not self.on_screen:
            Path(self.json).write_text(json)
        if self.on_screen:
            sys.stdout.write(json)

    def fail(self, why: str, classroom: str) -> None:
        """Write that health itself could not run.

        Args:
            why: what ended it, and what to do.
            classroom: the classroom's name, or empty if it never came so far.
        """
        at = datetime.now(UTC)
        json = to_json([], classroom=classroom, at=at, error=why)
        junit = to_junit([], classroom=classroom, at=at, error=why)
        for one in (Reports("", self.junit), Reports(self.json, "")):
            # A file that can't be written may be just what went wrong, and must not hide the other.
            with suppress(OSError):
                one.write(json, junit)
