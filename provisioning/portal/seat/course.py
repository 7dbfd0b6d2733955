"""The course's texts, the guide of each lab and the pages to read, as a seat's home opens them.

They are the files that a workspace lays out, rendered by the same code. A text's address is its
place in the attendee's course folder, so links between texts are right as they stand; what else
they link to there is code, and opens in the workspace.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import quote, urldefrag, urlsplit

from labkit.labs import Lab, all_labs
from labkit.pages import Page, all_pages
from labkit.render import lab_file, page_text
from labkit.seat import Seat
from portal.seat.laptop import NAMESPACE
from portal.seat.markdown import Document, Link, document
from portal.settings import Settings

FOLDER = "/home/course/"
"""Where the texts are on a seat's host."""

WORKSPACE = "/workspace/lab/tree/"
"""Where JupyterLab opens a file of the attendee's course folder."""

GUIDE = "guide.md"

TEMPORAL_ADDRESS = "temporal:7233"
"""A seat's Temporal server as its workspace finds it: guides show what terminals there print."""


@dataclass(frozen=True)
class Text:
    """One of them.

    Attributes:
        id: what the course calls it, `D1L1`; a worked example and a page may share one.
        title: its name.
        place: its path in the attendee's course folder.
        of: the lab it is the guide of, or the page that it is.
    """

    id: str
    title: str
    place: str
    of: Lab | Page

    @property
    def href(self) -> str:
        """Its address on a seat's host."""
        return FOLDER + quote(self.place)


class Course:
    """The texts in the order of the course: labs, worked examples, pages."""

    def __init__(self, labs: Path) -> None:
        """Find the texts below the course's folder.

        Raises:
            OSError: there is no course.
        """
        guides = (
            Text(lab.id, lab.title, f"{lab.folder.name}/{GUIDE}", lab) for lab in all_labs(labs)
        )
        pages = (Text(page.id, page.title, page.place, page) for page in all_pages(labs))
        self.texts: Mapping[str, Text] = {text.place: text for text in chain(guides, pages)}

    @property
    def guides(self) -> dict[str, Text]:
        """The guide of each lab and worked example, by its id."""
        return {text.id: text for text in self.texts.values() if isinstance(text.of, Lab)}

    def besides(self, labs: Collection[str]) -> list[Text]:
        """Return all texts but the guides of these labs."""
        guides = [text for lab, text in self.guides.items() if lab in labs]
        return [text for text in self.texts.values() if text not in guides]

    def around(self, text: Text) -> tuple[Text | None, Text | None]:
        """Return what comes before a text in the course, and what comes after it."""
        order = [None, *self.texts.values(), None]
        at = order.index(text)
        return order[at - 1], order[at + 1]

    def read(self, text: Text, seat: Seat) -> Document:
        """Return a text as a seat's attendee reads it."""
        if isinstance(text.of, Lab):
            source = lab_file(text.of, GUIDE, seat, solution=False)
        else:
            source = page_text(text.of.path, seat)
        return document(source, lambda href: self._link(href, text.place))

    def _link(self, href: str, place: str) -> Link:
        """Return where a link of the text at a place leads."""
        if urlsplit(href).scheme or href.startswith("#"):
            return Link(href, new_tab=not href.startswith("#"))
        path, anchor = urldefrag(href)
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), path))
        if there in self.texts:
            return Link(self.texts[there].href + (f"#{anchor}" if anchor else ""), new_tab=False)
        return Link(WORKSPACE + there, new_tab=True)


def facts(settings: Settings, seat: str) -> Seat:
    """Return what a text may say of ``seat-07``: the same as in its workspace."""
    return Seat(seat, settings.seat_url(seat), TEMPORAL_ADDRESS, NAMESPACE, settings.ports)
