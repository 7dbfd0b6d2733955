"""How deep each component is probed in a pass. Pure.

A full proof of Temporal starts a workflow, and its run stays in the seat's database for the
namespace's retention: every 15 s that would be 5,760 a day. So most passes ask each component
only whether it answers, and full proofs take turns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import ceil

ROUND = 20
"""Passes in which every component is proven in full once: 5 minutes, 288 workflow runs a day."""

Part = tuple[str, str]
"""Seat and component."""


def in_full(
    parts: Sequence[Part], last: Mapping[Part, int], bad: Collection[Part]
) -> frozenset[Part]:
    """Return what is to be proven in full.

    Never a false green: what was not good is good again only by a full proof, and what nobody
    has proven in full yet is proven so first.

    Args:
        parts: everything there is.
        last: the number of the pass that last proved it in full.
        bad: what was not good in the last pass.
    """
    due = {part for part in parts if part in bad or part not in last}
    rest = sorted((part for part in parts if part not in due), key=lambda part: last[part])
    return frozenset(due | set(rest[: ceil(len(parts) / ROUND)]))
