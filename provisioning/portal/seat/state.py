"""The live parts of a seat's home as data: what the event stream sends. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from portal.observed import Health, Observation, Quota
from portal.store.sessions import Kind, Session

COMPONENTS = ("workspace", "temporal", "grafana", "prometheus", "worker")

ABSENT = "absent"
"""The state of a component that this classroom goes without; the home leaves it out."""

WORDS = {
    "ok": "ready",
    "stopped by attendee": "stopped by you",
    "failed": "not working",
    "unknown": "not checked",
    ABSENT: "",
}

NOT_YET = Health("unknown", "", "Nobody has looked yet.", "", "")
STALE = Health("unknown", "", "Nobody has looked for a while.", "", "")

GIB = 1024**3


def home_state(
    seat: str,
    *,
    observation: Observation,
    sessions: Sequence[Session],
    announcement: str,
    now: float,
) -> dict[str, object]:
    """Return what a home shows and what may change while it is open."""
    return {
        "components": {name: _component(seat, name, observation, now) for name in COMPONENTS},
        "announcement": json.loads(announcement) if announcement else None,
        "helpers": sum(session.kind is Kind.HELPER for session in sessions),
        "quota": _quota(observation.quota.get(seat)),
    }


def _component(seat: str, name: str, observation: Observation, now: float) -> Mapping[str, str]:
    health = _health(observation.seats.get(seat), name)
    if observation.at and observation.stale(now) and health.state != ABSENT:
        health = STALE
    seen = "" if health.state == "ok" else health.seen
    return {"state": health.state, "words": WORDS[health.state], "seen": seen}


def _health(components: Mapping[str, Health] | None, name: str) -> Health:
    """Return a component's health; one of a seat that was looked at, and has none, is absent."""
    if components is None:
        return NOT_YET
    return components.get(name, Health(ABSENT, "", "", "", ""))


def _quota(quota: Quota | None) -> Mapping[str, object] | None:
    """Return what to say about the workspace's disk; nothing while there is room."""
    if quota is None:
        return None
    percent = min(100, quota.percent)
    if quota.stopped:
        return {"level": "bad", "percent": percent, "text": why_stopped(quota)}
    if not quota.tight:
        return None
    text = (
        f"Your workspace's disk is nearly full: {_amount(quota)}. Delete what you don't need; at"
        " 100 % the workspace is stopped."
    )
    return {"level": "warn", "percent": percent, "text": text}


def why_stopped(quota: Quota) -> str:
    """Return what to say to somebody whose workspace was stopped for its quota."""
    return (
        f"Your workspace was stopped, because its disk is full ({_amount(quota)}). Nothing is lost:"
        " all files are there. Ask your instructor to let you in again, to tidy up."
    )


def _amount(quota: Quota) -> str:
    return f"{quota.used / GIB:.1f} of {quota.limit / GIB:.1f} GiB"
