"""The cards on paper: A4, eight a page, each the size of an A7 sheet, with lines to cut along."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, WrapMode

from classroom.cards.fonts import base_font, fallbacks
from classroom.cards.sheet import Card

# All lengths are millimetres, all sizes points.
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
COLUMNS, ROWS = 2, 4
WIDTH, HEIGHT = PAGE_WIDTH / COLUMNS, PAGE_HEIGHT / ROWS

A_PAGE = COLUMNS * ROWS
"""Cards on a sheet."""

MARGIN = 9.0
"""Free on each side of a card: no printer reaches the edge of the paper, no scissors are exact."""

INNER = WIDTH - 2 * MARGIN
QR_SIDE = 33.0
GAP = 3.0
BESIDE_QR = INNER - QR_SIDE - GAP
MM_A_POINT = 25.4 / 72
LEADING = 1.2

QUIET_ZONE = 2
"""Modules of white around the code that the picture brings; the paper around it is white too."""

FIRST_HALF = len("AB:" * 16) - 1
"""Characters of the first sixteen of a fingerprint's bytes: a line may break behind them."""

BLACK, GREY, PALE = 0, 90, 190


def to_pdf(cards: Sequence[Card], *, fingerprint: str = "") -> bytes:
    """Return the cards as a PDF.

    Args:
        cards: in the order in which they are printed.
        fingerprint: SHA-256 of the certificate authority that browsers are asked to trust, as
            browsers show it; empty where there is none.

    Raises:
        PreflightError: no font here can write some of the names; it says whose.
    """
    names = {card.seat: unicodedata.normalize("NFC", card.attendee) for card in cards}
    paper = _Paper(names)
    for place, card in enumerate(cards):
        if place % A_PAGE == 0:
            paper.page()
        row, column = divmod(place % A_PAGE, COLUMNS)
        paper.card(card, names[card.seat], fingerprint, column * WIDTH, row * HEIGHT)
    return paper.content()


class _Paper:
    """Sheets under the pen; everything is drawn at given places, nothing flows."""

    def __init__(self, names: dict[str, str]) -> None:
        pdf = FPDF(unit="mm", format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        pdf.set_title("Cards")
        pdf.set_creation_date(datetime.now(UTC))
        pdf.add_font("card", "", base_font())
        pdf.add_font("card", "B", base_font("Bold"))
        more = {f"fallback{n}": path for n, path in enumerate(fallbacks(names))}
        for family, path in more.items():
            pdf.add_font(family, "", path)
        pdf.set_fallback_fonts(list(more), exact_match=False)
        # Letters that join or change place (Arabic, Hebrew, Devanagari …) come out as written.
        pdf.set_text_shaping(True)
        self._pdf = pdf

    def content(self) -> bytes:
        return bytes(self._pdf.output())

    def page(self) -> None:
        """Begin a sheet, with its lines to cut along."""
        pdf = self._pdf
        pdf.add_page()
        pdf.set_draw_color(PALE)
        pdf.set_line_width(0.1)
        pdf.set_dash_pattern(dash=2, gap=2)
        for column in range(1, COLUMNS):
            pdf.line(column * WIDTH, 0, column * WIDTH, PAGE_HEIGHT)
        for row in range(1, ROWS):
            pdf.line(0, row * HEIGHT, PAGE_WIDTH, row * HEIGHT)
        pdf.set_dash_pattern()

    def card(self, card: Card, name: str, fingerprint: str, left: float, top: float) -> None:
        """Draw one card with its upper left corner at the given place."""
        left, top = left + MARGIN, top + MARGIN
        self._pdf.image(_qr(card.link), left + INNER - QR_SIDE, top, QR_SIDE, QR_SIDE)
        seat = f"Seat {card.seat.removeprefix('seat-')}"
        self._fit(seat, left, top, BESIDE_QR, 9, sizes=(20,), style="B")
        if name:
            self._fit(name, left, top + 10, BESIDE_QR, QR_SIDE - 11, sizes=range(16, 5, -1))
        self._fit(card.url, left, top + 35, INNER, 6, sizes=range(12, 4, -1))
        code = str(card.code)
        self._fit(code, left, top + 40, INNER, 12, sizes=range(27, 17, -1), style="B")
        hint = "Open the address and type this code, or scan the picture."
        self._fit(hint, left, top + 51.5, INNER, 3, sizes=(7,), grey=GREY)
        if fingerprint:
            halves = fingerprint[:FIRST_HALF], fingerprint[FIRST_HALF:].removeprefix(":")
            words = f"Certificate authority, SHA-256: {' '.join(halves)}"
            self._fit(words, left, top + 54.5, INNER, 5, sizes=(5,), grey=GREY)

    def _fit(
        self,
        text: str,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        sizes: Sequence[int],
        style: str = "",
        grey: int = BLACK,
    ) -> None:
        """Write text into a box, in the first of the sizes at which it fits, else in the last.

        A line breaks between words; at the smallest size, where even that is too long, anywhere.
        """
        pdf = self._pdf
        pdf.set_text_color(grey)
        for size in sizes:
            line = size * MM_A_POINT * LEADING
            pdf.set_font("card", style, size)
            words = max(text.split(), key=pdf.get_string_width)
            if pdf.get_string_width(words) <= width and self._lines(text, width) * line <= height:
                break
        pdf.set_xy(left, top)
        whole = pdf.get_string_width(words) <= width
        wrap = WrapMode.WORD if whole else WrapMode.CHAR
        pdf.multi_cell(width, line, text, align=Align.L, wrapmode=wrap)

    def _lines(self, text: str, width: float) -> int:
        lines = self._pdf.multi_cell(
            width, 1, text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES
        )
        return len(lines) if isinstance(lines, list) else 1


def _qr(link: str) -> io.BytesIO:
    picture = io.BytesIO()
    # Level M: a card is creased and stained; the next one up needs smaller modules.
    segno.make_qr(link, error="m").save(picture, kind="png", scale=8, border=QUIET_ZONE)
    picture.seek(0)
    return picture
