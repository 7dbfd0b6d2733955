"""What all sites of the portal share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.audit import Audit
from portal.changes import Changes
from portal.counted import Counted
from portal.limits import Limit
from portal.observed import Observation
from portal.progress import Progress
from portal.settings import Settings
from portal.store import Store
from portal.tickets import Tickets
from portal.watched import Watched
from portal.web.pages import Pages

SIGN_OUTS_PER_SEAT = 6
"""A minute, that also end what is open; more end the session alone."""

HASHING_AT_ONCE = 2


@dataclass
class Context:
    """The one of a running portal.

    Attributes:
        observation: what watch saw last; replaced as a whole.
        progress: how far the seats are, as far as it is not in the store; replaced as a whole.
        watched: the metrics of watch; replaced as a whole.
        activity: seat -> when it was last used; written to the store now and then.
        hashing: taken while a thread computes an argon2 hash.
    """

    settings: Settings
    store: Store
    audit: Audit
    pages: Pages
    clock: Callable[[], float]
    counted: Counted
    changes: Changes = field(default_factory=Changes)
    tickets: Tickets = field(default_factory=Tickets)
    observation: Observation = field(default_factory=Observation)
    progress: Progress = field(default_factory=Progress)
    watched: Watched = field(default_factory=Watched)
    activity: dict[str, float] = field(default_factory=dict)
    sign_outs: Limit = field(default_factory=lambda: Limit(SIGN_OUTS_PER_SEAT))
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHING_AT_ONCE))

    def save_activity(self) -> None:
        """Write to the store when seats were last used."""
        with self.store.database.transaction():
            for seat, at in self.activity.items():
                self.store.seats.active(seat, at)
        self.activity.clear()
