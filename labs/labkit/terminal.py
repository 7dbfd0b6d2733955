"""Colours and weights of text, where there is a terminal to show them."""

from __future__ import annotations

import os
import sys

BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"


def styled(text: str, style: str) -> str:
    """Return a text in a style; as it is, if standard output is a file, a pipe or colourless.

    NO_COLOR is what programs have agreed on (https://no-color.org).
    """
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain or not text else f"\033[{style}m{text}\033[0m"


def bold(text: str) -> str:
    """Return a text in bold, where that can be shown."""
    return styled(text, BOLD)
