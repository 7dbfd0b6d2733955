"""When waiting for seats that are not ready makes no sense any more. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SILENCE_SECONDS = 20.0
"""How long the engine may not answer: a restart of it takes a few seconds."""

STANDSTILL_SECONDS = 120.0
"""How long nothing at all may become ready: on a slow machine something still does."""


@dataclass(frozen=True)
class Look:
    """What is known at one moment of the wait; times in seconds.

    Attributes:
        waiting: seats of which a component is not ready yet.
        looping: seats of which a container keeps crashing.
        standstill: since when nothing has become ready.
        silence: since when the engine has not answered.
    """

    waiting: frozenset[str]
    looping: frozenset[str]
    standstill: float
    silence: float


def hopeless(look: Look) -> bool:
    """Whether to stop waiting.

    A crashing seat cuts nobody short: it is given up only when no other is waited for.
    """
    return (
        look.silence >= SILENCE_SECONDS
        or look.standstill >= STANDSTILL_SECONDS
        or look.waiting <= look.looping
    )


FROZEN_SECONDS = 20.0
"""How long a server that was up before the run may keep silent while nothing else gets ready."""

SERVERS = ("temporal", "prometheus", "grafana")
"""What may be restarted unasked, in the order in which one needs another: nobody works in them,
and what they keep is on volumes."""


def frozen(waiting: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return, of each seat that waits, the server that its others need: the first to restart.

    A full disk can leave a server running that never answers again, disk freed or not. Whether one
    ran before the run is for the caller to know.

    Args:
        waiting: seat -> components that are not ready.
    """
    first = {seat: [s for s in SERVERS if s in parts][:1] for seat, parts in waiting.items()}
    return [(seat, server) for seat, servers in first.items() for server in servers]
