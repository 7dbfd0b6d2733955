"""A secret on its way through the program: whatever prints it by accident prints ``***``."""

from __future__ import annotations

HIDDEN = "***"


class Secret:
    """Text that only :meth:`reveal` gives away: no ``repr``, format, traceback or JSON does.

    It can't be pickled either, so that it never travels to another process by accident.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself, for the one place that sends or shows it."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be copied into another process")
