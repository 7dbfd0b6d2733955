"""Pages of the course: topics to read, with commands to try. They have no TODO and no goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.render import page_text

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.seat import Seat

FOLDER = "pages"


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: its source.
        id: as the course calls the topic, `T9`.
        title: its name.
    """

    path: Path
    id: str
    title: str

    @property
    def place(self) -> str:
        """Its path in the course, the attendee's too."""
        return f"{FOLDER}/{self.path.name}"


def all_pages(labs_dir: Path) -> list[Page]:
    """Return the pages in the order of the topics."""
    pages = [_load(path) for path in (labs_dir / FOLDER).glob("t*_*.md")]
    return sorted(pages, key=lambda page: int(page.id.removeprefix("T")))


def page_files(labs_dir: Path, seat: Seat) -> dict[str, str]:
    """Return the pages as an attendee reads them, by their paths in the course."""
    return {page.place: page_text(page.path, seat) for page in all_pages(labs_dir)}


def _load(path: Path) -> Page:
    heading = path.read_text().partition("\n")[0]
    return Page(path, path.name.partition("_")[0].upper(), heading.partition(": ")[2])
