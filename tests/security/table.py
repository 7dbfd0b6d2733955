"""The table of controls in docs/security.md, from the list of controls."""

from __future__ import annotations

from pathlib import Path

from tests.integration.conftest import ROOT
from tests.security.controls import CONTROLS

PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- controls: written by make mutate -->", "<!-- end of controls -->"


def table() -> str:
    """Return the table: what holds, what shows it, and what the test says without it."""
    lines = [
        "| | what holds | shown by | taken away | and the test says |",
        "|---|---|---|---|---|",
    ]
    for control in sorted(CONTROLS, key=lambda c: c.assertion):
        file, _, test = control.test.partition("::")
        shown = f"`{Path(file).name}` `{test}`"
        lines.append(
            f"| {control.assertion} | {control.holds} | {shown} | {control.removed} "
            f"| {control.says} … |"
        )
    return "\n".join(lines)


def written(page: str) -> str:
    """Return the page with the table as it should be; the page has to have the marks for it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"
