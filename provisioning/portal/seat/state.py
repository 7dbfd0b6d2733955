"""The live parts of a seat's home as data: what the event stream sends. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Disk:
    """What an attendee reads about a component's disk: its name, and halves of sentences."""

    name: str
    remedy: str
    kept: str
    way_back: str


DISKS = {
    "workspace": Disk(
        "workspace",
        "Delete what you don't need",
        "all files are there",
        "Ask your instructor to let you in again, to tidy up",
    ),
    "temporal": Disk(
        "Temporal server",
        "Stop what goes on starting workflows, or gives them large payloads",
        "all workflows and their histories are there",
        "Stop the programs that use it, and ask your instructor to start it again",
    ),
}


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
        "quota": _quota(observation.fullest(seat)),
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


def _quota(fullest: tuple[str, Quota] | None) -> Mapping[str, object] | None:
    """Return what to say about the seat's fullest disk; nothing while there is room."""
    if fullest is None:
        return None
    component, quota = fullest
    percent = min(100, quota.percent)
    if quota.stopped:
        return {"level": "bad", "percent": percent, "text": why_stopped(component, quota)}
    if not quota.tight:
        return None
    disk = _disk(component)
    text = (
        f"The disk of your {disk.name} is nearly full: {_amount(quota)}. {disk.remedy}; at 100 % it"
        " is stopped."
    )
    return {"level": "warn", "percent": percent, "text": text}


def why_stopped(component: str, quota: Quota) -> str:
    """Return what to say to somebody whose component was stopped for its quota."""
    disk = _disk(component)
    return (
        f"Your {disk.name} was stopped, because its disk is full ({_amount(quota)}). Nothing is"
        f" lost: {disk.kept}. {disk.way_back}."
    )


def _disk(component: str) -> Disk:
    way_back = "Ask your instructor to start it again"
    other = Disk(component.capitalize(), "Delete what you don't need", "all is there", way_back)
    return DISKS.get(component, other)


def _amount(quota: Quota) -> str:
    return f"{quota.used / GIB:.1f} of {quota.limit / GIB:.1f} GiB"
