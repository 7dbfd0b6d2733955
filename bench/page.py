"""Put measured tables into docs/benchmarks.md: `.venv/bin/python -m bench.page`.

The page's words are written by hand. Between a line `<!-- bench/results/10-seats.json -->` and the
next `<!-- end -->` stand the tables of that file, made anew by every call.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import TypeAdapter

from bench.doors.outcome import Doors
from bench.doors.tables import tables as tables_of_doors
from bench.outcome import Outcome
from bench.tables import tables
from classroom.engine.planning import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
SECTION = re.compile(r"(<!-- (bench/results/\S+\.json) -->\n).*?(<!-- end -->)", re.DOTALL)

_FORMATS: TypeAdapter[Outcome | Doors] = TypeAdapter(Outcome | Doors)


def refreshed(page: str, root: Path) -> str:
    """Return the page with the tables of every file that it names."""
    return SECTION.sub(lambda m: f"{m[1]}\n{_tables(root / m[2])}\n{m[3]}", page)


def _tables(file: Path) -> str:
    found = _FORMATS.validate_json(file.read_bytes())
    shown = tables(found) if isinstance(found, Outcome) else tables_of_doors(found)
    return "\n".join(f"**{t.title}**\n\n{t.markdown()}\n" for t in shown)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(), ROOT))
