"""What a provisioning run came to: one verdict per planned seat, from the events it left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from classroom.engine.images import Images
from classroom.engine.state import StateFolder, write_private
from classroom.plan import names
from classroom.plan.desired import seat_url
from classroom.plan.operations import Plan
from classroom.probe.planned import planned_seat
from classroom.probe.result import Result, State
from classroom.report import complete, exit_status, table, to_json
from classroom.report.events import read_events, result_from_data
from classroom.report.verdict import by_seat, ready
from classroom.spec import ClassFile


def verdict(
    class_file: ClassFile, plan: Plan, images: Images, events: Path, state: StateFolder
) -> int:
    """Print the table of seats and what to do next; return the exit code.

    A seat without a verdict has failed, whatever Ansible's exit code was.
    """
    seats = [
        planned_seat(stack, class_file.domain)
        for name, stack in plan.stacks.items()
        if name != names.INGRESS and stack.stack is not None
    ]
    planned = [(seat.name, component) for seat in seats for component in seat.components]
    found = list(read_events(events))
    proven = [result_from_data(e) for e in found if e.get("event") == "result"]
    failed = {e["seat"]: e for e in found if e.get("event") == "seat" and e["state"] != "done"}
    done = {e["seat"] for e in found if e.get("event") == "seat" and e["state"] == "done"}
    results = complete([*proven, *_not_brought_up(planned, proven, failed)], planned)
    kept = [name for name in plan.removed if name not in done]
    console = Console(highlight=False)
    urls = {seat.name: seat_url(class_file, seat.name) for seat in seats}
    sources = {component: ref.source for component, ref in images.refs.items()}
    if seats:
        without = images.without_grafana
        console.print(table(results, without_grafana=without, urls=urls, sources=sources))
        write_private(
            state.health, to_json(results, classroom=class_file.name, at=datetime.now(UTC))
        )
    for event in found:
        if event.get("event") == "archive":
            console.print(f"{event['seat']} is archived: {event['where']}", markup=False)
    for name in kept:
        reason = failed.get(name, {}).get("msg", "no verdict: the run ended before its turn")
        console.print(f"{name} was NOT removed: {reason}", style="bold red", markup=False)
    code = 1 if kept or (seats and exit_status(results)) else 0
    console.print(_next_steps(class_file, results, kept), markup=False)
    return code


def _not_brought_up(
    planned: list[tuple[str, str]], proven: list[Result], failed: dict[str, dict[str, Any]]
) -> Iterator[Result]:
    """Yield a failure for each component of a seat that failed before it could be proven."""
    seen = {r.seat for r in proven}
    everything = [(names.INGRESS, names.INGRESS), *planned]
    for seat, component in everything:
        event = failed.get(seat)
        if event is not None and seat not in seen:
            fix = event.get("remedy") or f"make provision SEATS={seat}"
            seen_words = event.get("msg") or "failed without a message"
            yield Result(seat, component, State.FAILED, "bring up", seen_words, fix)


def _next_steps(class_file: ClassFile, results: tuple[Result, ...], kept: list[str]) -> str:
    seats = by_seat(results)
    bad = [*(name for name, components in seats.items() if not ready(components)), *kept]
    if bad:
        return f"\nRetry just those: make provision N={class_file.seats} SEATS={','.join(bad)}"
    if not seats:
        return "\nNo seats are left."
    first = next(iter(seats))
    return (
        f"\nOpen {seat_url(class_file, first)} in a browser on this machine. "
        "Next: make health, make verify, make status, make teardown."
    )
