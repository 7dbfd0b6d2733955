"""The room as metrics: the figures of the console's wall, so that no other wall contradicts it.

What nobody knows at the moment is missing, or in the state ``unknown``; it is never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from portal.console.grid import UNKNOWN, Grid, Known, grid, worst
from portal.console.known import known
from portal.context import Context
from portal.observed import STATES

Labels = tuple[str, ...]
Samples = Iterable[tuple[Labels, float]]


class Room(Collector):
    """Reads what the portal knows whenever somebody asks."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> Iterator[Metric]:
        """Say nothing of names beforehand: what watch tells is not known yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the room, then those that watch told lately."""
        now = self._context.clock()
        yield from of_room(known(self._context, now), now)
        if not self._context.watched.stale(now):
            yield from self._context.watched.metrics


def of_room(facts: Known, now: float) -> Iterator[Metric]:
    """Yield what is known of the room at ``now``."""
    shown = grid(facts, now)
    yield _gauge("classroom_seats", "Seats of the classroom.", (), [((), shown.room["total"])])
    yield from _health(facts, shown)
    yield from _people(shown)
    yield from _progress(facts, shown, now)
    waiting = sum(order.ok is None and not order.lapsed(now) for order in facts.orders)
    yield _gauge(
        "classroom_orders_waiting",
        "Orders of the console that the host has not answered.",
        (),
        [((), waiting)],
    )
    yield _gauge(
        "classroom_told_timestamp_seconds",
        "When watch last told the portal what it saw, and how far the seats are.",
        ("what",),
        [
            ((what,), at)
            for what, at in (
                ("observation", facts.observation.at),
                ("progress", facts.progress.at),
            )
            if at
        ],
    )


def _health(facts: Known, shown: Grid) -> Iterator[Metric]:
    silent, saw = shown.room["silent"], facts.observation
    seats = {
        (seat, component): part["state"]
        for seat, found in shown.seats.items()
        for component, part in found["parts"].items()
    }
    own = {
        "ingress": saw.ingress,
        "portal": saw.portal,
        "prometheus": saw.prometheus,
        "grafana": saw.grafana,
    }
    once = {("ingress", name): worst([found.state]) for name, found in own.items() if found}
    yield _gauge(
        "classroom_component_state",
        "1 for the state in which watch saw a component last, 0 for the other states.",
        ("seat", "component", "state"),
        _states((once | seats).items(), silent=silent),
    )
    yield _gauge(
        "classroom_seat_state",
        "1 for the worst state of a seat's components, 0 for the other states.",
        ("seat", "state"),
        _states((((seat,), found["state"]) for seat, found in shown.seats.items()), silent=silent),
    )
    quotas = {
        (seat, component): quota
        for seat, parts in ({} if silent else saw.quota).items()
        for component, quota in parts.items()
    }
    yield _gauge(
        "classroom_seat_files_bytes",
        "What a component's files take.",
        ("seat", "component"),
        ((part, quota.used) for part, quota in quotas.items()),
    )
    yield _gauge(
        "classroom_seat_files_limit_bytes",
        "What a component's files may take before it is stopped.",
        ("seat", "component"),
        ((part, quota.limit) for part, quota in quotas.items()),
    )


def _states(found: Iterable[tuple[Labels, str]], *, silent: bool) -> Samples:
    """Yield each state of each thing; while watch is silent, nobody knows of any."""
    for labels, state in found:
        now = UNKNOWN if silent else state
        yield from (((*labels, one), float(one == now)) for one in STATES)


def _people(shown: Grid) -> Iterator[Metric]:
    yield _gauge(
        "classroom_seat_attendees",
        "People who have claimed a seat and are signed in.",
        ("seat",),
        (((seat,), len(found["claims"])) for seat, found in shown.seats.items()),
    )
    yield _gauge(
        "classroom_seat_helpers",
        "Sessions of helpers in a seat.",
        ("seat",),
        (((seat,), found["helpers"]) for seat, found in shown.seats.items()),
    )
    yield _gauge(
        "classroom_seat_used_timestamp_seconds",
        "When a seat's attendee last used it, within half a minute; missing before the first time.",
        ("seat",),
        (((seat,), found["active"]) for seat, found in shown.seats.items() if found["active"]),
    )


def _progress(facts: Known, shown: Grid, now: float) -> Iterator[Metric]:
    followed = shown.room["followed"]
    yield _gauge(
        "classroom_lab_goals",
        "Goals of a lab.",
        ("lab",),
        (((lab["id"],), lab["goals"]) for lab in shown.room["course"]),
    )
    yield _gauge(
        "classroom_seat_goals_reached",
        "Goals of a lab that a seat has reached.",
        ("seat", "lab"),
        (
            ((seat, lab), goals)
            for seat, found in shown.seats.items()
            for lab, goals in found["labs"].items()
        ),
    )
    yield _gauge(
        "classroom_seat_lab_info",
        "1 for the lab that a seat is at: the one of its newest workflow.",
        ("seat", "lab"),
        (
            ((seat, found["lab"]), 1)
            for seat, found in shown.seats.items()
            if followed and found["lab"]
        ),
    )
    stuck = [one["seat"] for one in shown.room["stuck"]]
    yield _gauge(
        "classroom_seat_stuck",
        "Reasons for which a seat needs somebody, as the console's list has them.",
        ("seat",),
        (((seat,), stuck.count(seat)) for seat in shown.seats if followed),
    )


def _gauge(name: str, about: str, labels: Labels, samples: Samples) -> Metric:
    metric = GaugeMetricFamily(name, about, labels=labels)
    for values, value in samples:
        metric.add_metric(values, value)
    return metric
