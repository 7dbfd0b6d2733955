"""``cards/<classroom>/`` of the checkout: the only plain copy of the codes, for its owner alone."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from classroom.cards.sheet import Card, codes_in, to_csv
from classroom.engine.client import explained
from classroom.engine.state import PRIVATE_FOLDER, write_private
from classroom.spec.codes import Code


class CardsFolder:
    """The cards of one classroom: ``cards.csv``, and ``cards.pdf`` made from it."""

    def __init__(self, root: Path, classroom: str) -> None:
        self.path = root / "cards" / classroom
        self.csv = self.path / "cards.csv"
        self.pdf = self.path / "cards.pdf"

    def codes(self) -> dict[str, Code]:
        """Return seat -> code of the cards that exist; without a file there are none.

        Raises:
            EngineError: the file is there and can't be read.
        """
        with explained("read the cards", str(self.csv)):
            try:
                return codes_in(self.csv.read_bytes().decode(errors="replace"))
            except FileNotFoundError:
                return {}

    def write(self, cards: tuple[Card, ...]) -> None:
        """Put the cards down. A PDF of other cards goes: it would be handed out by mistake.

        Raises:
            EngineError: they can't be written; the old ones are still there.
        """
        text = to_csv(cards)
        with explained("write the cards", str(self.csv)):
            if self.csv.exists() and self.csv.read_bytes() == text.encode():
                return
            self._ensure()
        write_private(self.csv, text)
        with explained("remove the old cards", str(self.pdf)):
            self.pdf.unlink(missing_ok=True)

    def write_pdf(self, content: bytes) -> None:
        """Put the printable cards down.

        Raises:
            EngineError: they can't be written.
        """
        with explained("write the cards", str(self.pdf)):
            self._ensure()
        write_private(self.pdf, content)

    def forget(self) -> bool:
        """Remove the cards, and the parent folder once it is empty; return whether there were any.

        Raises:
            EngineError: they can't be removed.
        """
        with explained("remove the cards", str(self.path)):
            if not self.path.exists():
                return False
            shutil.rmtree(self.path)
        with suppress(OSError):  # another classroom's cards are in it
            self.path.parent.rmdir()
        return True

    def _ensure(self) -> None:
        self.path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self.path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        # Whoever made the folder before us, with whatever mode: from now on it is private.
        self.path.chmod(PRIVATE_FOLDER)
