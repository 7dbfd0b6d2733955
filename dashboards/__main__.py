"""Write the JSON of every dashboard, the tables of their panels, and the lists of what is kept."""

from __future__ import annotations

from pathlib import Path

from dashboards.catalog import boards, boards_of_the_class, rendered, rendered_for_the_class
from dashboards.kept import ASKED, LIST, as_lines, as_template, asked_for
from dashboards.table import BEGIN, BEGIN_OF_THE_CLASS, with_tables

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"


def main() -> None:
    """Write each file and name it."""
    made, folder = rendered(), Path(__file__).parent
    for where, files in ((folder, made), (folder / "whole_class", rendered_for_the_class())):
        for name, text in files.items():
            path = where / name
            path.write_text(text)
            print(path)
    page = with_tables(PAGE.read_text(), BEGIN, boards())
    PAGE.write_text(with_tables(page, BEGIN_OF_THE_CLASS, boards_of_the_class()))
    print(PAGE)
    asked = asked_for(made.values())
    LIST.write_text(as_template(sorted(asked)))
    print(LIST)
    ASKED.write_text(as_lines(asked))
    print(ASKED)


if __name__ == "__main__":
    main()
