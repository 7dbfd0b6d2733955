"""Write the JSON of every dashboard."""

from __future__ import annotations

from pathlib import Path

from dashboards.catalog import rendered


def main() -> None:
    """Write each file and name it."""
    for name, text in rendered().items():
        path = Path(__file__).with_name(name)
        path.write_text(text)
        print(path)


if __name__ == "__main__":
    main()
