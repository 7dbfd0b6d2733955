"""Where health's documents go: a file never keeps what an earlier health found."""

from __future__ import annotations

import os
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

        Pipes and devices stay, and so do links, which may lead to one. What can't be written is
        said now, rather than after a minute of probing.

        Raises:
            UsageError: a document is asked for where it can't go.
            OSError: a file can't be removed.
        """
        if self.junit == STANDARD_OUTPUT:
            raise UsageError(
                "JUnit goes to a file",
                where="JUNIT=",
                remedy="JUNIT=health.xml, or JSON=- for JSON on standard output",
            )
        if self.on_screen and sys.stdout is None:  # how Python says that nobody opened it
            raise UsageError(
                "standard output is closed",
                where="JSON=-",
                remedy="leave it open, or name a file: JSON=health.json",
            )
        asked = {"JSON=": self.json, "JUNIT=": self.junit}
        paths = {o: Path(p) for o, p in asked.items() if p and p != STANDARD_OUTPUT}
        for option, path in paths.items():
            _require_writable(option, path)
        for path in paths.values():
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
        if self.on_screen and sys.stdout is not None:
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


def _require_writable(option: str, path: Path) -> None:
    if path.is_dir():
        what, remedy = f"{path} is a folder", f"name a file in it: {option}{path}/health"
    elif not path.parent.is_dir():
        what, remedy = f"there is no folder {path.parent}", "make it, or name a file elsewhere"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        what, remedy = f"this user may not write {path}", "name a file elsewhere"
    else:
        return
    raise UsageError(what, where=option, remedy=remedy)
