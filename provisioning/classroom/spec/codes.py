"""The code of a card, ``07-K7QF-2M9X``: made by a machine, read by people. Pure but for chance.

The seat's number, then 40 bits in Crockford's base32, which leaves out the letters that are taken
for others (https://www.crockford.com/base32.html). What is hashed is the one canonical spelling;
what is accepted is whatever a person may make of it on a phone.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass

from classroom.spec.model import MAX_SEATS

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_MOST = 64
"""Characters; more is no slip of the finger."""

_MISREAD = str.maketrans("OIL", "011")
_FILLING = ("Z", "Pd", "Cf", "Cc")
"""Unicode categories of what may stand anywhere: spaces, hyphens, invisible characters."""


@dataclass(frozen=True)
class Code:
    """A code as it was understood; ``str()`` is its canonical spelling."""

    number: int
    secret: str

    @property
    def seat(self) -> str:
        """The seat that it is for: ``seat-07``."""
        return f"seat-{self.number:02d}"

    def __str__(self) -> str:
        half = LENGTH // 2
        return f"{self.number:02d}-{self.secret[:half]}-{self.secret[half:]}"


def new_code(number: int) -> Code:
    """Return a fresh code for seat ``number``."""
    return Code(number, "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def parse(text: str) -> Code | None:
    """Understand what somebody typed; None when it can't be a code.

    Case, spaces and hyphens don't matter, a seat's number needs no leading zero, and O is 0, I and
    L are 1.
    """
    if len(text) > _MOST:
        return None
    plain = unicodedata.normalize("NFKC", text)
    kept = (c for c in plain if not unicodedata.category(c).startswith(_FILLING))
    letters = "".join(kept).upper().translate(_MISREAD)
    number, secret = letters[:-LENGTH], letters[-LENGTH:]
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(MAX_SEATS))):
        return None
    if not 1 <= int(number) <= MAX_SEATS or any(c not in ALPHABET for c in secret):
        return None
    return Code(int(number), secret)
