"""Gathers what the portal knows about the room, for everybody who shows it."""

from __future__ import annotations

import json

from portal.console.grid import Known
from portal.context import Context
from portal.store.notes import ANNOUNCEMENT

ORDERS_SECONDS = 600.0
"""How long an order is shown with its seat."""


def known(context: Context, now: float) -> Known:
    """Return everything that is known at ``now``."""
    announced = context.store.notes.get(ANNOUNCEMENT)
    return Known(
        classroom=context.settings.classroom,
        announcement=json.loads(announced)["text"] if announced else "",
        seats=context.store.seats.all(),
        sessions=context.store.sessions.all(now),
        orders=context.store.verbs.recent(now - ORDERS_SECONDS),
        activity=context.activity,
        observation=context.observation,
        progress=context.progress,
        reached=context.store.results.reached(),
    )
