"""Write the JSON of every dashboard, the tables of their panels, and the lists of what is kept."""

from __future__ import annotations

from pathlib import Path

from dashboards.catalog import boards, rendered
from dashboards.kept import ASKED, LIST, as_lines, as_template, asked_for
from dashboards.table import with_tables

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"


def main() -> None:
    """Write each file and name it."""
    made = rendered()
    for name, text in made.items():
        path = Path(__file__).with_name(name)
        path.write_text(text)
        print(path)
    PAGE.write_text(with_tables(PAGE.read_text(), boards()))
    print(PAGE)
    asked = asked_for(made.values())
    LIST.write_text(as_template(sorted(asked)))
    print(LIST)
    ASKED.write_text(as_lines(asked))
    print(ASKED)


if __name__ == "__main__":
    main()
