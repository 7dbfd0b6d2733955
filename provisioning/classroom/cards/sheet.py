"""The cards as a CSV: the only place where the codes stand in plain. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from classroom.spec.codes import Code, parse

COLUMNS = ("seat", "attendee", "url", "code")

_FORMULA = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet takes for more than text."""


@dataclass(frozen=True)
class Card:
    """What one attendee gets in hand.

    Attributes:
        code: opens the seat, and says which one it is.
        attendee: who gets it; empty for a seat without a name.
        url: the address of the seat, without a trailing slash.
    """

    code: Code
    attendee: str
    url: str

    @property
    def seat(self) -> str:
        """The seat's name, ``seat-07``."""
        return self.code.seat

    @property
    def link(self) -> str:
        """What the QR code opens: the code is in the fragment, which no server's log ever sees."""
        return f"{self.url}/claim#{self.code}"

    def __repr__(self) -> str:
        return f"Card({self.seat})"


def to_csv(cards: Iterable[Card]) -> str:
    """Return the cards as CSV, a line each below a line of column names.

    An attendee may have typed their name themselves, and a spreadsheet would compute some names.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((c.seat, _inert(c.attendee), c.url, c.code) for c in cards)
    return text.getvalue()


def _inert(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA) else name


def codes_in(text: str) -> dict[str, Code]:
    """Return seat -> code from what :func:`to_csv` gave.

    A line that somebody damaged is left out: its seat is one whose code nobody knows.
    """
    found = {}
    with suppress(csv.Error):
        for row in csv.DictReader(io.StringIO(text, newline="")):
            code = parse(row.get("code") or "")
            if code is not None and code.seat == row.get("seat"):
                found[code.seat] = code
    return found
