"""The cards as they come out of the printer: words read back, pictures scanned."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from classroom.cards.fonts import fallbacks
from classroom.cards.pdf import A_PAGE, to_pdf
from classroom.cards.sheet import Card
from classroom.errors import PreflightError
from classroom.spec.codes import Code

URL = "https://s{:02d}.192-168-178-155.sslip.io:20443"
A4 = (595, 842)
PRINT = ":".join(f"{byte:02X}" for byte in range(32))
WIDEST = Code(254, "MMMMMMMM")


def cards(*names: str) -> list[Card]:
    # Always the same: how a reader orders letters that nearly touch depends on the letters.
    return [Card(Code(n, "7K3M9P2R"), name, URL.format(n)) for n, name in enumerate(names, 1)]


def pages(content: bytes) -> list[str]:
    """The text of each page, as a reader of the PDF would copy it."""
    document = pypdfium2.PdfDocument(content)
    assert all(tuple(map(round, page.get_size())) == A4 for page in document)
    return [page.get_textpage().get_text_range().replace("\r\n", " ") for page in document]


def scanned(content: bytes) -> list[str]:
    """What a phone reads from each picture, on paper as a cheap printer prints it."""
    found = []
    for page in pypdfium2.PdfDocument(content):
        picture = page.render(scale=150 / 72, grayscale=True).to_pil()
        found += [code.text for code in zxingcpp.read_barcodes(picture)]
    return found


def test_eight_cards_are_a_page_and_the_ninth_begins_another() -> None:
    assert A_PAGE == 8
    assert [len(pages(to_pdf(cards(*[""] * count)))) for count in (1, 8, 9)] == [1, 1, 2]


def test_a_card_has_name_seat_address_and_code_and_its_picture_opens_the_claim() -> None:
    made = cards("Ada Łovelace-Ørsted", "Ελένη Παπαδοπούλου", "")
    content = to_pdf(made)
    (text,) = pages(content)
    for number, card in enumerate(made, 1):
        for word in (f"Seat {number:02d}", card.url, str(card.code), *card.attendee.split()):
            assert word in text
    assert sorted(scanned(content)) == sorted(f"{c.url}/claim#{c.code}" for c in made)


@pytest.mark.parametrize("name", ["Нина Щербакова", "Nguyễn Thị Ánh", "ნინო", "Արմեն"])
def test_letters_of_many_alphabets_are_printed(name: str) -> None:
    (text,) = pages(to_pdf(cards(name)))
    assert name in text


@pytest.mark.parametrize("name", ["دعاء رضا", "דוד כהן"])
def test_what_is_written_from_the_right_keeps_all_its_letters(name: str) -> None:
    (text,) = pages(to_pdf(cards(name)))
    assert {*name} - {" "} <= {*text}


def test_the_longest_name_address_and_code_stay_within_their_card() -> None:
    long = Card(WIDEST, "W" * 100, f"https://s254.{'.'.join(['abcdefghij' * 5] * 4)}.example:20443")
    content = to_pdf([long] * A_PAGE, fingerprint=PRINT)
    assert len(pages(content)) == 1
    assert scanned(content) == [f"{long.url}/claim#{WIDEST}"] * A_PAGE
    page = pypdfium2.PdfDocument(content)[0]
    words = page.get_textpage()
    for box in (words.get_rect(i) for i in range(words.count_rects())):
        left, bottom, right, top = box
        assert int(left / (A4[0] / 2)) == int(right / (A4[0] / 2))
        assert int(bottom / (A4[1] / 4)) == int(top / (A4[1] / 4))


def test_the_authoritys_fingerprint_is_there_when_there_is_one() -> None:
    assert "SHA-256" not in pages(to_pdf(cards("Ada")))[0]
    (text,) = pages(to_pdf(cards("Ada"), fingerprint=PRINT))
    assert PRINT[:47] in text
    assert PRINT[48:] in text


def font_with(letters: str, path: Path) -> Path:
    """Make a font in which each of the letters is a box."""
    names = {letter: f"u{ord(letter):04X}" for letter in letters}
    order = [".notdef", *names.values()]
    pen = TTGlyphPen(None)
    for point in ((0, 0), (0, 700), (600, 700)):
        (pen.lineTo if point != (0, 0) else pen.moveTo)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(letter): name for letter, name in names.items()})
    builder.setupGlyf(dict.fromkeys(order, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(order, (650, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


def test_a_name_that_no_font_can_write_is_refused_with_its_letters() -> None:
    with pytest.raises(PreflightError) as refused:
        fallbacks({"seat-01": "Ada", "seat-02": "王 Ada"}, folders=())
    assert "seat-02: 王 Ada (王 is U+738B CJK UNIFIED IDEOGRAPH-738B)" in str(refused.value)
    assert "seat-01" not in str(refused.value)
    assert "fonts-noto" in refused.value.remedy


def test_the_fonts_of_the_machine_help_out_as_few_as_will_do(tmp_path: Path) -> None:
    font_with("小", tmp_path / "Some-Bold.ttf")
    upright = font_with("王小", tmp_path / "Some.ttf")
    (tmp_path / "Broken.ttf").write_bytes(b"no font")
    other = font_with("अ", tmp_path / "Other.ttf")
    assert fallbacks({"seat-01": "王小"}, folders=[tmp_path]) == (upright,)
    assert fallbacks({"seat-01": "小 अ"}, folders=[tmp_path]) == (other, upright)
    assert fallbacks({"seat-01": "Ada"}, folders=[tmp_path]) == ()


def test_a_font_of_the_machine_is_printed_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts").mkdir()
    font_with("王小明", tmp_path / "fonts" / "Some.ttf")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (text,) = pages(to_pdf(cards("王小明 Ada")))
    assert "王小明 Ada" in text
