"""What the console shows, computed from what is known. Pure: no clock, no storage, no network.

A grid is JSON: one object for the room and one a seat. The page gets it whole once and then only
the keys that changed, so a seat in order must not change with every look: times are coarse, and
what was seen of a component that is well stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.console import wall
from portal.observed import STATES, Health, Observation, Quota
from portal.people import by_seat, people
from portal.progress import Progress
from portal.store.results import Reached
from portal.store.seats import Seat
from portal.store.sessions import Kind, Session
from portal.store.verbs import Order

Json = Mapping[str, Any]

OK, STOPPED, FAILED, UNKNOWN = STATES
_WORST = (FAILED, UNKNOWN, STOPPED, OK)
_GOOD = (OK, STOPPED)

COARSE_SECONDS = 30
"""Last activity is told in steps of this, or every request in a seat would be news."""

LAPSED = "nobody was there to do it within two minutes"


@dataclass(frozen=True)
class Known:
    """Everything that the portal knows about the room; times are seconds since 1970, UTC.

    Attributes:
        classroom: its name.
        announcement: what all homes show at the moment, or empty.
        seats: every seat.
        sessions: who is signed in, in all seats, oldest first.
        orders: what was lately asked of the host, oldest first.
        activity: seats used since their last activity was stored.
        observation: what watch saw last.
        progress: what watch told last of how far the seats are.
        reached: what they have reached.
    """

    classroom: str
    announcement: str
    seats: Sequence[Seat]
    sessions: Sequence[Session]
    orders: Sequence[Order]
    activity: Mapping[str, float]
    observation: Observation
    progress: Progress = field(default_factory=Progress)
    reached: Sequence[Reached] = ()


@dataclass(frozen=True)
class Grid:
    """All that the console shows. Rooms always have the same keys, and so have seats."""

    room: Json
    seats: Mapping[str, Json]


def grid(known: Known, now: float) -> Grid:
    """Return what the console shows at ``now``."""
    silent = known.observation.stale(now)
    names = [seat.name for seat in known.seats]
    rows = wall.of_seats(names, known.progress, known.reached)
    sessions = by_seat(known.sessions)
    seats = {
        s.name: {**_seat(s, known, sessions[s.name], now, silent=silent), **rows[s.name]}
        for s in known.seats
    }
    door = _closed(known.observation)
    claimed = {
        name: float(min(claim["at"] for claim in seat["claims"]))
        for name, seat in seats.items()
        if seat["claims"]
    }
    ready = [] if door else [seat for seat in seats.values() if seat["state"] in _GOOD]
    return Grid(
        room={
            "classroom": known.classroom,
            "announcement": known.announcement,
            "ready": len(ready),
            "total": len(seats),
            "silent": silent,
            "door": door,
            "dashboards": known.observation.grafana is not None,
            **wall.of_room(known.progress, known.reached, claimed, now),
        },
        seats=seats,
    )


def _closed(saw: Observation) -> Json | None:
    """Return what is wrong with the front door, and with which part of it; None if nothing is."""
    for name, health in (("ingress", saw.ingress), ("portal", saw.portal)):
        if health is not None and health.state not in _GOOD:
            return {"name": name, **_health(health)}
    return None


def worst(states: Iterable[str]) -> str:
    """Return the worst of some states; UNKNOWN if there are none, as nobody looked then."""
    found = {state if state in _WORST else UNKNOWN for state in states}
    return next((state for state in _WORST if state in found), UNKNOWN)


def _seat(seat: Seat, known: Known, here: Sequence[Session], now: float, *, silent: bool) -> Json:
    health = known.observation.seats.get(seat.name, {})
    claims = [{"name": p.name, "at": int(p.at), "devices": p.devices} for p in people(here)]
    orders = [order for order in known.orders if order.seat == seat.name]
    return {
        "attendee": seat.attendee,
        "claims": claims,
        "helpers": sum(session.kind is Kind.HELPER for session in here),
        "spare": not seat.attendee and not claims,
        "active": _coarse(known.activity.get(seat.name, seat.last_activity)),
        "state": UNKNOWN if silent else worst(part.state for part in health.values()),
        "parts": {name: _health(part) for name, part in health.items()},
        "quota": _quota(known.observation.fullest(seat.name)),
        "order": _order(orders[-1], now) if orders else None,
    }


def _health(health: Health) -> Json:
    told = {"state": worst([health.state]), "version": health.version}
    if told["state"] == OK:
        return told
    return told | {"check": health.check, "seen": health.seen, "fix": health.fix}


def _quota(fullest: tuple[str, Quota] | None) -> Json | None:
    """Return what is told of the fullest disk: percent, since bytes change all the time."""
    if fullest is None:
        return None
    component, quota = fullest
    return {
        "component": component,
        "percent": quota.percent,
        "limit": quota.limit,
        "tight": quota.tight,
        "stopped": quota.stopped,
    }


def _order(order: Order, now: float) -> Json:
    lapsed = order.lapsed(now)
    state = "waiting" if order.ok is None else "done" if order.ok else "failed"
    return {
        "id": order.id,
        "verb": order.verb.value,
        "component": order.component,
        "state": "failed" if lapsed else state,
        "detail": LAPSED if lapsed else order.detail,
    }


def _coarse(at: float | None) -> int:
    return 0 if at is None else int(at) // COARSE_SECONDS * COARSE_SECONDS
