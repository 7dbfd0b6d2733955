"""Ask before anything of an attendee's is removed; without a terminal, ask for CONFIRM=yes."""

from __future__ import annotations

import sys

from classroom.errors import RefusedError


def consent(expected: str, *, confirmed: bool) -> None:
    """Return when the instructor agrees to what the caller has just listed.

    It is listed first, so that a log has it too, whether it was agreed to or refused.

    Args:
        expected: the word that agrees, typed as it stands.
        confirmed: whether agreement was given on the command line.

    Raises:
        RefusedError: another answer, or nobody there to answer.
    """
    if confirmed:
        return
    if not sys.stdin.isatty():
        raise RefusedError(
            "nobody is at the terminal to agree, so nothing was changed",
            remedy="run it in a terminal, or add CONFIRM=yes",
        )
    try:
        answer = input(f"\nType {expected} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() != expected:
        raise RefusedError(f"the answer was not {expected}, so nothing was changed")
