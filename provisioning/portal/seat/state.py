"""The live parts of a seat's home as data: what the event stream sends. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from portal.observed import Health, Observation
from portal.store.sessions import Kind, Session

COMPONENTS = ("workspace", "worker", "temporal", "grafana", "prometheus")
"""In the order of the home page."""

UNKNOWN = Health("unknown", "", "Nobody has looked yet.", "", "")
STALE = Health("unknown", "", "Nobody has looked for a while.", "", "")


def home_state(
    seat: str,
    *,
    observation: Observation,
    sessions: Sequence[Session],
    announcement: str,
    now: float,
) -> dict[str, object]:
    """Return what a home shows and what may change while it is open."""
    quota = observation.quota.get(seat)
    return {
        "components": {name: _said(seat, name, observation, now) for name in COMPONENTS},
        "announcement": json.loads(announcement) if announcement else None,
        "helpers": sum(session.kind is Kind.HELPER for session in sessions),
        "devices": sum(session.kind is Kind.ATTENDEE for session in sessions),
        "quota": {"used": quota.used, "limit": quota.limit, "stopped": quota.stopped}
        if quota
        else None,
    }


def _said(seat: str, name: str, observation: Observation, now: float) -> dict[str, str]:
    health = observation.seats.get(seat, {}).get(name, UNKNOWN)
    if observation.at and observation.stale(now):
        health = STALE
    return {"state": health.state, "seen": health.seen, "version": health.version}
