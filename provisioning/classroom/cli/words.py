"""Small words of the command line."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return ``1 seat``, ``2 seats``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
