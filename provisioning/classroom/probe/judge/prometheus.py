"""Does a seat's Prometheus scrape what it should, and lately?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from classroom.probe.reply import (
    LOOK,
    REVIVE,
    Answer,
    Json,
    Reply,
    Unproven,
    body_of,
    json_of,
    objects_in,
    text_in,
)
from classroom.probe.result import State

TARGETS = "targets"

SERVER = "temporal-server"

ELSEWHERE = {SERVER: "/metrics/server", "worker": "/metrics/worker"}
"""Jobs of prometheus/prometheus.yml.j2 that scrape another component, each with the address at
which the probe can ask that component itself. Every seat has a target in each of them."""

COME_AND_GO = "workspace"
"""The job of that file whose targets are programs that an attendee starts and ends at will. One
that has just ended is down until Prometheus learns that it is no target any more."""

PROVEN_ELSEWHERE = "temporal-api"
"""The job of that file by which the workspace asks the server's API. Both have proofs of their own,
and a scrape comes every 30 s only: no seat waits for it, and none is blamed."""

CLASSROOM = "classroom"
"""The job of prometheus/class.yml.j2 that reads what the classroom measures of itself."""

CLASS_WHY = (
    "make provision SEATS=ingress starts it again; make logs SEAT=ingress COMPONENT=prometheus "
    "says why"
)

STAYS = (
    "stays down, make verify SEATS={seat} says whether its configuration is another than was made, "
    "and make logs SEAT={seat} the rest"
)
"""Prometheus itself notices nothing of a configuration that names another target."""

STALE_AFTER = 3
"""A target is stale when its last scrape is more than this many intervals ago."""

_SCRAPE_SECONDS = 0.5
"""What a scrape itself takes, generously."""

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)(ms|[smhd])")


@dataclass(frozen=True)
class Target:
    """One scrape target; ``age`` is the time since its last scrape, None before the first."""

    job: str
    health: str
    error: str
    interval: timedelta
    age: timedelta | None

    @property
    def due(self) -> timedelta:
        """How long until the next scrape, at most one interval."""
        past = self.age if self.age is not None else timedelta(0)
        return max(timedelta(0), self.interval - past)


def ready(reply: Reply, fix: str = LOOK) -> None:
    """Demand that Prometheus calls itself ready.

    Raises:
        Unproven: if it does not.
    """
    body_of(reply, "ready", fix)


def version(reply: Reply) -> str:
    """Return the version of the running program.

    Raises:
        Unproven: if it names none.
    """
    found = text_in(json_of(reply, "version"), "data", "version")
    if not found:
        raise Unproven("version", "Prometheus names no version", LOOK)
    return found


def targets(reply: Reply, now: datetime) -> list[Target]:
    """Return the targets, once it is certain that none is missing or stale.

    Of those that come and go, only the ones that are up are counted, and what has its proof
    elsewhere is not.

    Raises:
        Unproven: if there is none for a job that every seat has, or one was not scraped lately.
    """
    known = _known(json_of(reply, TARGETS), now)
    promised = [target for target in known if target.job != PROVEN_ELSEWHERE]
    found = [target for target in promised if target.job != COME_AND_GO or target.health == "up"]
    missing = sorted(set(ELSEWHERE) - {target.job for target in found})
    if missing:
        raise Unproven(TARGETS, f"no target for {' and '.join(missing)}", REVIVE)
    for target in found:
        if target.age is None:
            raise Unproven(TARGETS, f"{target.job} has not been scraped yet", "wait a minute")
        if target.age > STALE_AFTER * target.interval:
            seen = f"{target.job} was last scraped {target.age.total_seconds():.0f} s ago"
            raise Unproven(TARGETS, seen, REVIVE)
    return found


def until_collected(reply: Reply, now: datetime) -> float:
    """Seconds until the class Prometheus reads the classroom's metrics again; 0 if it just did."""
    known = _known(json_of(reply, TARGETS, CLASS_WHY), now)
    due = [target.due for target in down(known) if target.job == CLASSROOM]
    return max(due).total_seconds() + _SCRAPE_SECONDS if due else 0.0


def collects(reply: Reply, now: datetime) -> str:
    """Return what the class Prometheus reads, in words.

    That a seat is not read is no fault of its own as long as it reads the classroom's metrics, by
    the same way and with the same key; the seat's own results say what is wrong there.

    Raises:
        Unproven: if it does not read the classroom's metrics, or lately has not.
    """
    known = _known(json_of(reply, TARGETS, CLASS_WHY), now)
    own = [target for target in known if target.job == CLASSROOM]
    if not own or own[0].age is None:
        raise Unproven(TARGETS, "it has not read the classroom's metrics yet", "wait a minute")
    if own[0].age > STALE_AFTER * own[0].interval:
        seen = f"it last read the classroom's metrics {own[0].age.total_seconds():.0f} s ago"
        raise Unproven(TARGETS, seen, CLASS_WHY)
    if own[0].health != "up":
        seen = f"it can't read the classroom's metrics: {own[0].error or 'no reason given'}"
        raise Unproven(TARGETS, seen, CLASS_WHY)
    seats = [target for target in known if target.job != CLASSROOM]
    return (
        f"reads the classroom's metrics and {len(seats) - len(down(seats))} of {len(seats)} seats"
    )


def down(found: Sequence[Target]) -> list[Target]:
    """The targets whose last scrape failed."""
    return [target for target in found if target.health != "up"]


def scrapable(head: Reply) -> bool:
    """Whether what a target answers the probe begins as a page of metrics.

    An attendee may run anything on the worker's port; Prometheus is right to call that down.
    """
    if not isinstance(head, Answer) or head.status != HTTPStatus.OK:
        return False
    return head.body.startswith((b"# HELP ", b"# TYPE "))


def until_scraped(found: Sequence[Target], answering: frozenset[str]) -> float:
    """Seconds until what is down but answers has been scraped again; 0 if there is no such."""
    due = [target.due for target in down(found) if target.job in answering]
    return max(due).total_seconds() + _SCRAPE_SECONDS if due else 0.0


def blame(found: Sequence[Target], answering: frozenset[str], *, fresh: bool) -> str:
    """Return the proof in words, unless a target is down through Prometheus's own fault.

    A target that is down, and has no metrics for the probe either, is that component's failure and
    its own result names it (or an attendee's stopped worker, and nobody's failure).

    Args:
        found: all targets.
        answering: jobs whose target is :func:`scrapable` by the probe itself.
        fresh: whether the server has to have been scraped in any case. Components are proven at
            their own times: a server that comes up after this proof would be seen down for one
            more interval by a Prometheus that was called good.

    Raises:
        Unproven: if Prometheus cannot scrape what does answer, or has yet to see a server that
            starts.
    """
    failed = down(found)
    for target in failed:
        if target.job in answering or target.job not in ELSEWHERE:
            seen = f"{target.job} is {target.health}: {target.error or 'no reason given'}"
            fix = f"wait {target.interval.total_seconds():.0f} s for the next scrape; if it "
            raise Unproven(TARGETS, seen, fix + STAYS)
        if fresh and target.job == SERVER:
            seen = f"{target.job} is down itself"
            raise Unproven(TARGETS, seen, "see temporal of {seat}", State.UNKNOWN)
    jobs = ", ".join(sorted(target.job for target in failed))
    said = f"{len(found) - len(failed)} of {len(found)} targets up"
    return f"{said} ({jobs} is down itself)" if jobs else said


def _known(document: Json, now: datetime) -> list[Target]:
    return [_target(item, now) for item in objects_in(document, "data", "activeTargets")]


def _target(item: Json, now: datetime) -> Target:
    return Target(
        job=text_in(item, "scrapePool"),
        health=text_in(item, "health") or "in no known state",
        error=text_in(item, "lastError"),
        interval=duration(text_in(item, "scrapeInterval")),
        age=_age(text_in(item, "lastScrape"), now),
    )


def duration(text: str) -> timedelta:
    """Read a Prometheus duration such as ``1m30s``; zero if it is none.

    Syntax: https://prometheus.io/docs/concepts/data_types, "Float literals and time durations".
    """
    if not re.fullmatch(r"(\d{1,6}(ms|[smhd]))+", text):
        return timedelta(0)
    parts = _DURATION.findall(text)
    return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))


def _age(last: str, now: datetime) -> timedelta | None:
    """Time since the last scrape; None for Go's zero time, which stands for never."""
    try:
        at = datetime.fromisoformat(last)
    except ValueError:
        return None
    if at.tzinfo is None or at.year <= 1:
        return None
    return now - at.astimezone(UTC)
