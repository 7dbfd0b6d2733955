"""`make health`: probe everything that was planned, say it in a table, JSON and JUnit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from classroom.cli.reports import Reports
from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.crashes import crashes
from classroom.engine.lock import proving
from classroom.engine.observe import observe
from classroom.engine.planning import Request, state_folder
from classroom.engine.state import write_private
from classroom.errors import UsageError
from classroom.front import front, keys
from classroom.plan import names
from classroom.plan.desired import seat_url
from classroom.plan.observed import Observed
from classroom.probe.prove import prove
from classroom.probe.result import Result
from classroom.probe.target import Frontdoor, Seat
from classroom.report import complete, exit_status, table, to_json, to_junit
from classroom.spec import ClassFile
from classroom.spec.model import GrafanaPolicy
from classroom.watch.explain import with_crashes
from classroom.watch.promised import planned_seats
from classroom.watch.quota import with_quota
from classroom.watch.record import fresh_usage

DEADLINE_SECONDS = 60


def health(request: Request, *, json: str, junit: str) -> int:
    """Probe each component once; return 0 only if nothing failed.

    A health that can't run says so in its documents too, and leaves none of an earlier one.
    """
    reports = Reports(json, junit)
    classroom = ""
    try:
        reports.begin()
        class_file = request.load().class_file
        classroom = class_file.name
        return _health(class_file, request.file, reports)
    except BaseException as error:
        reports.fail(for_class(str(error) or "interrupted", request.file), classroom)
        raise


def _health(class_file: ClassFile, file: Path, reports: Reports) -> int:
    state = state_folder(class_file.name)
    client = engine.connect()
    observed = observe(client, state)
    opens = keys(state)
    seats = planned_seats(class_file, observed, state, opens)
    if not seats:
        raise UsageError(
            f"classroom {class_file.name} has no seats", remedy="run `make provision` first"
        )
    door = front(class_file, client, state)
    with proving(state.path):
        proven = _probe(door, seats)
    found = with_crashes(proven, crashes(client, class_file.name))
    found = with_quota(found, fresh_usage(state.watch))
    planned = [*door.own, *((s.name, part) for s in seats for part in s.components)]
    whole = complete(found, planned)
    results = tuple(replace(r, fix=for_class(r.fix, file)) for r in whole)
    now = datetime.now(UTC)
    without = without_grafana(class_file.grafana, seats)
    document = to_json(results, classroom=class_file.name, at=now, without_grafana=without)
    write_private(state.health, document)
    if not reports.on_screen:
        urls = {s.name: seat_url(class_file, s.name) for s in seats}
        sources = sources_of(observed, class_file.name)
        Console(highlight=False).print(
            table(results, without_grafana=without, urls=urls, sources=sources)
        )
    reports.write(document, to_junit(results, classroom=class_file.name, at=now))
    return exit_status(results)


def sources_of(observed: Observed, classroom: str) -> dict[str, str]:
    """Return component -> where its program came from, as the containers' labels say."""
    return {
        c.labels[names.LABEL_COMPONENT]: c.labels.get(names.LABEL_SOURCE, "")
        for c in observed.containers.values()
        if c.labels.get(names.LABEL_CLASSROOM) == classroom and names.LABEL_COMPONENT in c.labels
    }


def without_grafana(wanted: GrafanaPolicy, seats: list[Seat]) -> str:
    """Say that seats lack a Grafana that the class file would have; empty when none does."""
    if wanted is GrafanaPolicy.OFF:
        return ""
    lacking = [s.name for s in seats if "grafana" not in s.components]
    return f"not provisioned in {len(lacking)} of {len(seats)} seats" if lacking else ""


def _probe(door: Frontdoor, seats: list[Seat]) -> tuple[Result, ...]:
    return asyncio.run(
        prove(
            door,
            seats,
            fresh=False,
            deadline=DEADLINE_SECONDS,
            on_result=lambda _: None,
            settle=False,
        )
    )
