"""The instructor's commands, as messages advise them."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

from classroom.engine.planning import ROOT, Request

_VERBS = "provision|cards|password|plan|health|verify|status|logs|shell|teardown"
_VALUE = r'"[^"]*"|[^\s"`.,;:)]+(?:[.,][^\s"`.,;:)]+)*'
_COMMAND = re.compile(rf"\bmake (?:{_VERBS})\b(?: [A-Z]+=(?:{_VALUE}))*")


def for_class(words: str, file: Path) -> str:
    """Return words in which each ``make provision …`` is about this class file.

    Copied without ``CLASS=``, a command that mends a seat of July's class would go to the seats of
    the class file that is there by default.
    """
    absolute = file.absolute()
    if absolute == Request.file:
        return words
    shown = absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else absolute
    return _COMMAND.sub(lambda command: f"{command[0]} CLASS={quote(str(shown))}", words)
