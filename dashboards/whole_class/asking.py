"""How the class Prometheus is asked. The rules of ``dashboards.promql`` hold here as well.

What a seat told is there as long as its last scrape worked: a seat whose Prometheus is down has no
value, and sums are over those that told something. What the portal and watch tell of a seat does
not come from the seat, and is there all the same.
"""

from __future__ import annotations

from dashboards.promql import CLASSROOM, total

KNOWN = f'(up{{job="{CLASSROOM}"}} == 1) * 0'
"""0, as long as the portal tells what the classroom measures of itself."""

TOLD = 'up{job="seats"}'
"""Of each seat, whether it told its sums at the last look."""

OF_SEATS = 'seat=~"seat-.+"'
"""Selects what seats do, without what the classroom runs once."""

OWN = 'seat="ingress"'
"""Selects what the classroom runs once."""


def how_many(series: str) -> str:
    """Return how many series there are, which is 0 if there is none and the portal tells."""
    return f"count({series}) or sum({KNOWN})"


def of_room(series: str) -> str:
    """Return the sum of what the portal or watch tells, which is 0 if it tells of none."""
    return total(series, CLASSROOM)


def silent_seats() -> str:
    """Return how many seats told nothing at the last look; nothing if none was looked at."""
    return f"count({TOLD} == 0) or count({TOLD}) * 0"


def health() -> str:
    """Return for each seat 1 (ok), 2 (stopped by attendee), 3 (unknown) or 4 (failed)."""
    words = {"ok": 1, "stopped by attendee": 2, "unknown": 3, "failed": 4}
    parts = (f'classroom_seat_state{{state="{word}"}} * {n}' for word, n in words.items())
    return f"sum by (seat) ({' or '.join(parts)})"


def own_health() -> str:
    """Return the same for each thing that the classroom runs once, by component."""
    words = {"ok": 1, "stopped by attendee": 2, "unknown": 3, "failed": 4}
    parts = (
        f'classroom_component_state{{{OWN},state="{word}"}} * {n}' for word, n in words.items()
    )
    return f"sum by (component) ({' or '.join(parts)})"


def lab() -> str:
    """Return a series for each seat, whose label says which lab it is at."""
    none = 'label_replace(classroom_seat_stuck * 0, "lab", "none yet", "", "")'
    return f"max by (seat, lab) (classroom_seat_lab_info or on (seat) {none})"


def gained_by_seat(series: str, within: str = "5m") -> str:
    """Return how much a total that seats tell has gained lately, for each seat.

    What was not there then was 0, unless that look failed; a total that was higher has begun anew.
    """
    new = f"{series} * 0 unless on (seat) {TOLD} offset {within} == 0"
    return f"sum by (seat) ({series} - ({series} offset {within} <= {series} or {new}))"


def of_each_seat(series: str) -> str:
    """Return one of a seat's sums, by seat."""
    return f"sum by (seat) ({series})"


def ended(outcome: str) -> str:
    """Return the selector of the workflows that ended in some way."""
    return f'seat:workflows_ended:total{{outcome=~"{outcome}"}}'


def unserved_queues(*, while_it_polls: bool) -> str:
    """Return for each seat how many queues have tasks that nobody takes.

    They count if the seat's first worker polls all the same, which is another queue then, or if it
    does not.
    """
    unserved, polls = of_each_seat("seat:queues_unserved:count"), of_each_seat("seat:pollers:sum")
    polling = f"({polls} > bool 0 or {unserved} * 0)"
    return f"{unserved} * {polling if while_it_polls else f'(1 - {polling})'}"


def used(resource: str) -> str:
    """Return which share of the machine's memory or disk is in use."""
    return f"1 - classroom_machine_{resource}_available_bytes / classroom_machine_{resource}_bytes"


def headroom(resource: str, seat: str) -> str:
    """Return how many more seats fit until nine tenths of memory or disk are in use.

    ``seat`` is what a seat takes, in bytes.
    """
    available = f"classroom_machine_{resource}_available_bytes"
    reserve = f"classroom_machine_{resource}_bytes * 0.1"
    left = f"(sum({available}) - sum({reserve}))"
    return f"clamp(floor({left} / {seat}), 0, {MOST_SEATS})"


MOST_SEATS = 254
"""As many as a classroom can have."""

SEAT_CPU = f"class:seat_cpu:rate2m{{{OF_SEATS}}}"
SEAT_MEMORY = f"class:seat_memory_bytes:sum{{{OF_SEATS}}}"

SEAT_DISK_BYTES = 307 * 1024 * 1024
"""What preflight reckons for a seat (classroom.spec.fit)."""


def processor(mode: str) -> str:
    """Return which share of all cores is busy, or was stolen by other virtual machines."""
    return f'class:cpu:share{{mode="{mode}"}}'


def processor_headroom() -> str:
    """Return how many more seats like these would busy the processor to nine tenths."""
    free = f"(0.9 - sum({processor('busy')})) * sum(classroom_machine_cores)"
    return f"clamp(floor({free} / (avg({SEAT_CPU}) > 0)), 0, {MOST_SEATS})"


def by_component(metric: str, whose: str) -> str:
    """Return a figure of containers, added up over components of the same name."""
    return f"sum by (component) ({metric}{{{whose}}})"


def cpu_by_component(whose: str) -> str:
    """Return the cores that components of the same name take, together.

    Nothing in the first two minutes, as in prometheus/class.rules.yml, which says why.
    """
    taken = f"sum by (component) (rate(classroom_container_cpu_seconds_total{{{whose}}}[2m]))"
    return f"{taken} and on () classroom_machine_cores offset 2m"
