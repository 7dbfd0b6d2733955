"""What a control is."""

from __future__ import annotations

from dataclasses import dataclass

from tests.security.mutations import Mutation


@dataclass(frozen=True)
class Control:
    """Something that holds.

    Attributes:
        assertion: its number in docs/security.md.
        holds: what holds, one sentence.
        test: the test that shows it, as pytest names it.
        removed: how it is taken away, in words.
        removal: how it is taken away.
        says: what the test says then.
    """

    assertion: int
    holds: str
    test: str
    removed: str
    removal: Mutation | None
    says: str
