"""Fonts that can write a name: ours, and for letters it lacks those that the machine has."""

from __future__ import annotations

import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from classroom.errors import PreflightError

# It announces tables that it leaves out of a subset.
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)

_PACKAGE = "rinoh_typeface_dejavusans"
"""DejaVu Sans 2.37 on PyPI: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic and more."""

_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_SLANTED_OR_HEAVY = re.compile(r"bold|black|heavy|thin|light|italic|oblique|mono|condensed", re.I)
_OUTLINES = ("glyf", "CFF ")

MOST_NAMED = 8
"""Names that one refusal lists."""


def base_font(style: str = "") -> Path:
    """Return the file of the font that cards are set in; ``style`` is empty or ``Bold``.

    Its package is not imported: it is made for a typesetter that is not installed.
    """
    spec = find_spec(_PACKAGE)
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec else ""
    return Path(folder, f"DejaVuSans{f'-{style}' if style else ''}.ttf")


def fallbacks(names: Mapping[str, str], folders: Iterable[Path] | None = None) -> tuple[Path, ...]:
    """Return the fonts of this machine that are needed besides ours to write the names.

    Args:
        names: seat -> the name on its card, in Unicode's composed form (NFC).
        folders: where to look for fonts; where distributions and users keep them if not given.

    Raises:
        PreflightError: no font has some letters; says which, and on whose card.
    """
    ours = letters_of(base_font())
    missing = {c for name in names.values() for c in name} - ours - {" "}
    chosen = []
    found = _installed(_places() if folders is None else folders) if missing else iter(())
    for path in found:
        has = missing & letters_of(path)
        if has:
            chosen.append(path)
            missing -= has
        if not missing:
            break
    if missing:
        raise _refusal(names, missing)
    return tuple(chosen)


@cache
def letters_of(path: Path) -> frozenset[str]:
    """Return the characters that a font can draw; none of them if it can't be used."""
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            if not any(table in font for table in _OUTLINES):
                return frozenset()
            return frozenset(map(chr, font.getBestCmap() or ()))
    except (TTLibError, OSError, ValueError, KeyError, AssertionError):
        return frozenset()


def _places() -> tuple[Path, ...]:
    """Return where fonts are kept (XDG Base Directory Specification, and fontconfig's own)."""
    home = Path.home()
    own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    system = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return (*(base / "fonts" for base in (own, *map(Path, system))), home / ".fonts")


def _installed(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield fonts, upright ones of ordinary weight first, sans serif before serif."""
    found = {
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES
    }
    yield from sorted(
        found,
        key=lambda p: (bool(_SLANTED_OR_HEAVY.search(p.stem)), "serif" in p.stem.lower(), p),
    )


def _refusal(names: Mapping[str, str], missing: set[str]) -> PreflightError:
    lacking = {seat: name for seat, name in names.items() if missing & set(name)}
    lines = [
        f"{seat}: {name} ({', '.join(_described(c) for c in dict.fromkeys(name) if c in missing)})"
        for seat, name in list(lacking.items())[:MOST_NAMED]
    ]
    if len(lacking) > MOST_NAMED:
        lines.append(f"and {len(lacking) - MOST_NAMED} more")
    return PreflightError(
        "no font on this machine can write these names, so no cards were made:\n  "
        + "\n  ".join(lines),
        remedy="`sudo apt-get install fonts-noto-core fonts-noto-cjk`, or put a font file that "
        "has these letters into ~/.local/share/fonts; then run the same command again",
    )


def _described(letter: str) -> str:
    return f"{letter} is U+{ord(letter):04X} {unicodedata.name(letter, 'without a name')}"
