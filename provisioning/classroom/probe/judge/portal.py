"""Does the portal work, and does it take this machine for its operator?"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from classroom.probe.reply import (
    REKEY,
    Answer,
    Reply,
    Silence,
    Unproven,
    clip,
    inside,
    json_of,
    refuse,
)

LOOK = "make logs SEAT=ingress COMPONENT=portal says why"
START = f"make provision SEATS=ingress starts it again; {LOOK}"

SEATS = "its seats"
"""The check of the one fault that shuts out attendees and no probe."""

ADMIT = "make provision SEATS=ingress tells it of them again, with the codes on their cards"

_NAMED = 3


def alive(reply: Reply) -> None:
    """Demand the portal's own ``ok``, which it gives once its database was written to.

    Raises:
        Unproven: if it does not answer, or its database does not work.
    """
    check = "portal answers"
    if isinstance(reply, Silence):
        refuse(reply, check, START)
    text = clip(reply.body[:400].decode(errors="replace"))
    if reply.status == HTTPStatus.OK and text == "ok":
        return
    if reply.of_ingress:
        raise Unproven(check, "it does not answer the ingress", START)
    raise Unproven(check, f"HTTP {reply.status}: {text or 'no text'}", LOOK)


def enrolled(reply: Reply, planned: Collection[str]) -> int:
    """Return how many seats the portal knows; they must be those that there are.

    Raises:
        Unproven: if it refuses this machine's key, or does not know a seat that is ``planned``. The
            portal itself works then, and so may all that is behind it.
    """
    refused = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if isinstance(reply, Answer) and reply.status in refused:
        seen = f"it answers, but refuses this machine's operator key (HTTP {reply.status})"
        raise Unproven("credential", seen, REKEY)
    seats = inside(json_of(reply, "operator's API", LOOK), "seats")
    if not isinstance(seats, dict):
        raise Unproven("operator's API", "the answer names no seats", LOOK)
    if lost := [name for name in planned if name not in seats]:
        raise Unproven(SEATS, f"it {_lacking(lost, len(planned))}: nobody can claim them", ADMIT)
    return len(seats)


def _lacking(lost: list[str], planned: int) -> str:
    if len(lost) == planned > 1:
        return f"knows none of the {planned} seats"
    rest = len(lost) - _NAMED
    return f"does not know {', '.join(lost[:_NAMED])}" + (f" and {rest} more" if rest > 0 else "")
