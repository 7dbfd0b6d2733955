"""What all sites of the portal share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.audit import Audit
from portal.changes import Changes
from portal.limits import Limit
from portal.observed import Observation
from portal.settings import Settings
from portal.store import Store
from portal.tickets import Tickets
from portal.web.pages import Pages

WRONG_CODES_PER_SEAT = 10
WRONG_CODES_PER_SOURCE = 60
"""A minute; a class sits behind one address."""

HASHING_AT_ONCE = 2


@dataclass
class Context:
    """The one of a running portal.

    Attributes:
        observation: what watch saw last; replaced as a whole.
        activity: seat -> when it was last used; written to the store now and then.
        hashing: taken while a thread computes an argon2 hash.
    """

    settings: Settings
    store: Store
    audit: Audit
    pages: Pages
    clock: Callable[[], float]
    changes: Changes = field(default_factory=Changes)
    tickets: Tickets = field(default_factory=Tickets)
    observation: Observation = field(default_factory=Observation)
    activity: dict[str, float] = field(default_factory=dict)
    wrong_per_seat: Limit = field(default_factory=lambda: Limit(WRONG_CODES_PER_SEAT))
    wrong_per_source: Limit = field(default_factory=lambda: Limit(WRONG_CODES_PER_SOURCE))
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHING_AT_ONCE))

    def save_activity(self) -> None:
        """Write to the store when seats were last used."""
        with self.store.database.transaction():
            for seat, at in self.activity.items():
                self.store.seats.active(seat, at)
        self.activity.clear()
