"""Reads a page of the course as its tests need it: what stands in its fences, and for whom.

A fence without a language is a terminal of the workspace: commands after `$`, what they print
below. `sh` is for a server elsewhere. A word after the language is the name of a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from labkit.pages import page_files
from tests.workspace import ROOT, SEAT

PAGES = page_files(ROOT / "labs", SEAT)
"""The pages as an attendee reads them, by their paths in the course."""

SETUP = ROOT / "labs" / "SETUP.md"

_FENCE = re.compile(r"^( *)```(\w*)(?: (\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_CONTINUED = re.compile(r" *\\\n *")


@dataclass(frozen=True)
class Fence:
    """A block of a page.

    Attributes:
        page: the page's path in the course.
        line: on which line of the page it begins.
        language: what it says it is; empty for a terminal.
        file: the name of the file that it is; empty for most.
        text: what is in it.
    """

    page: str
    line: int
    language: str
    file: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for a failure's message."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a terminal and the lines that it prints, if the page shows them."""

    text: str
    prints: tuple[str, ...]


def fences(language: str) -> list[Fence]:
    """Return the blocks of one language, of all pages."""
    return [fence for fence in all_fences() if fence.language == language]


def all_fences() -> list[Fence]:
    """Return the blocks of all pages, in order, and of what is read before the course."""
    return [
        Fence(
            page,
            text.count("\n", 0, found.start()) + 1,
            found[2],
            found[3] or "",
            re.sub(f"^{found[1]}", "", found[4], flags=re.MULTILINE),
        )
        for page, text in {**PAGES, SETUP.name: SETUP.read_text()}.items()
        for found in _FENCE.finditer(text)
    ]


def commands(fence: Fence) -> list[Command]:
    """Return the commands of a terminal or of a shell, each on one line."""
    text = _CONTINUED.sub(" ", fence.text)
    if fence.language == "sh":
        return [Command(line, ()) for line in text.splitlines()]
    before, *rest = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not before, f"{fence.place} begins with no command"
    lines = [part.splitlines() for part in rest]
    return [Command(first, tuple(filter(None, more))) for first, *more in lines]


def links(path: Path) -> list[str]:
    """Return the addresses of the Markdown links of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", path.read_text())
