"""One source per lab file: it runs as the solution, and it is the template of the starter.

In Python the template's marks are comments, lines that begin with `# %`, so linters, type checkers
and the interpreter see the solution; in Markdown they are HTML comments, and `{{ seat.url }}`
stands for a fact of the seat, `{{ lab.minutes }}` for one of the lab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.labs import Lab
    from labkit.seat import Seat

_PYTHON = Environment(  # noqa: S701 (renders source files, not web pages)
    line_statement_prefix="# %",
    # Strings that no Python file has, so that its own braces stay what they are.
    block_start_string="#{%",
    block_end_string="%}#",
    variable_start_string="#{{",
    variable_end_string="}}#",
    comment_start_string="#{#",
    comment_end_string="#}#",
    keep_trailing_newline=True,
    undefined=StrictUndefined,
)
_MARKDOWN = Environment(  # noqa: S701
    block_start_string="<!--%",
    block_end_string="%-->",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
)


def lab_file(lab: Lab, name: str, seat: Seat, *, solution: bool) -> str:
    """Return a file of a lab as an attendee gets it."""
    return render(name, (lab.folder / name).read_text(), lab, seat, solution=solution)


def render(name: str, source: str, lab: Lab, seat: Seat, *, solution: bool) -> str:
    """Return a text of a lab as an attendee gets it.

    Args:
        name: the file's name; its ending tells how its marks look.
        source: the file in the course's `labs/` folder.
        lab: which lab it is of.
        seat: whose file it is.
        solution: the finished code rather than the starter with its TODOs.
    """
    environment = _MARKDOWN if name.endswith(".md") else _PYTHON
    return environment.from_string(source).render(lab=lab, seat=seat, solution=solution)


def page_text(path: Path, seat: Seat) -> str:
    """Return a page of the course, which belongs to no lab, as an attendee gets it."""
    return _MARKDOWN.from_string(path.read_text()).render(seat=seat)
