"""Single-use tokens by which the console enters a seat. Kept in memory: they live for a minute."""

from __future__ import annotations

import secrets
from hashlib import sha256

LIFETIME_SECONDS = 60.0


class Tickets:
    """Tokens, each good for one seat, once."""

    def __init__(self) -> None:
        self._tickets: dict[str, tuple[str, float]] = {}

    def issue(self, seat: str, now: float) -> str:
        """Return a fresh token for a seat."""
        self._tickets = {k: v for k, v in self._tickets.items() if v[1] > now}
        token = secrets.token_urlsafe(32)
        self._tickets[_hash(token)] = (seat, now + LIFETIME_SECONDS)
        return token

    def redeem(self, token: str, seat: str, now: float) -> bool:
        """Whether the token opens this seat; it never does again, whatever the answer."""
        found, until = self._tickets.pop(_hash(token), ("", 0.0))
        return found == seat and now < until


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
