"""`lab solution`: the finished programs in a folder of their own, and what differs from yours."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from labkit.files import SOLUTION, solution_files
from labkit.terminal import BOLD, CYAN, GREEN, RED, styled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.labs import Lab
    from labkit.seat import Seat

STYLES = {"---": BOLD, "+++": BOLD, "@": CYAN, "-": RED, "+": GREEN}


def differences(lab: Lab, course: Path, seat: Seat) -> Iterator[str]:
    """Yield the lines of a diff that leads from the attendee's files to the solution."""
    for name, solved in solution_files(lab, seat).items():
        file = name.rpartition("/")[2]
        yield from _difference(course / lab.folder.name / file, solved)


def _difference(mine: Path, solved: str) -> Iterator[str]:
    try:
        text = mine.read_text(errors="replace")
    except OSError:
        text = ""
    lines = difflib.unified_diff(
        text.splitlines(), solved.splitlines(), mine.name, f"{SOLUTION}/{mine.name}", lineterm=""
    )
    for line in lines:
        style = next((style for mark, style in STYLES.items() if line.startswith(mark)), "")
        yield styled(line, style) if style else line
