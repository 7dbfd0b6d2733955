"""What a provisioning run came to: one verdict per planned seat, from the events it left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from classroom.probe.reply import SEE_INGRESS, SEE_PORTAL
from classroom.probe.result import Result, State
from classroom.report import complete, exit_status, table, to_json
from classroom.report.events import SHUT, read_events, result_from_data
from classroom.report.verdict import FRONT, by_seat, ready
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
    ended = {e["seat"]: e for e in found if e.get("event") == "seat"}
    if plan.stacks.keys() == {names.INGRESS}:
        code, said = of_the_door_alone(ended)
        print(f"\n{said}")
        return code
    shut = any(e.get("event") == SHUT for e in found)
    results = complete([*proven, *unfinished(planned, proven, ended, shut=shut)], planned)
    kept = [name for name in plan.removed if not _done(ended, name)]
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
        if event.get("event") == "restart":
            said = f"{event['component']} was restarted: it ran and did not answer"
            console.print(f"{event['seat']}: {said}", markup=False)
    for name in kept:
        reason = ended.get(name, {}).get("msg", "no verdict: the run ended before its turn")
        console.print(f"{name} was NOT removed: {reason}", style="bold red", markup=False)
    code = 1 if kept or (seats and exit_status(results)) else 0
    console.print(_next_steps(class_file, results, kept), markup=False)
    return code


def of_the_door_alone(ended: Mapping[str, dict[str, Any]]) -> tuple[int, str]:
    """Return exit code and words of a run about the ingress and no seat, which proves nothing.

    Args:
        ended: stack -> the last event that says how its part of the run ended.
    """
    if _done(ended, names.INGRESS):
        return 0, "Ingress and portal are up. Next: make health, which proves them and every seat."
    event = ended.get(names.INGRESS, {})
    said = event.get("msg") or "the run ended before it was up"
    return 1, f"ingress: {said}\n  -> {event.get('remedy') or 'make provision SEATS=ingress'}"


def unfinished(
    planned: list[tuple[str, str]],
    proven: list[Result],
    ended: Mapping[str, dict[str, Any]],
    *,
    shut: bool = False,
) -> Iterator[Result]:
    """Yield a result for each component whose stack did not come to a good end.

    Args:
        planned: seat and component of everything that was asked for.
        proven: what the proof found; a seat that it found bad needs no further word.
        ended: stack -> the last event that says how its part of the run ended.
        shut: whether the run stopped before the seats, because nobody could be let in.
    """
    bad = {r.seat for r in proven if not r.good}
    closed = not _done({names.INGRESS: {"state": "done"}, **ended}, names.INGRESS)
    if not closed and not any(r.seat == names.INGRESS for r in proven):
        said = "the run ended before it was proven"
        for door in FRONT:
            yield Result(*door, State.UNKNOWN, "verdict", said, "make provision")
    for seat, component in [*FRONT, *planned]:
        if seat in bad or _done(ended, seat):
            continue
        if shut and seat != names.INGRESS:
            said = "not looked at: the front door lets nobody in"
            yield Result(seat, component, State.UNKNOWN, "portal", said, SEE_PORTAL)
            continue
        event = ended.get(seat)
        retry = f"make provision SEATS={seat}"
        if event is not None:
            said = event.get("msg") or "failed without a message"
            fix = event.get("remedy") or retry
            yield Result(seat, component, State.FAILED, "bring up", said, fix)
        elif closed:
            said = "not looked at: the ingress could not be brought up"
            yield Result(seat, component, State.UNKNOWN, "ingress", said, SEE_INGRESS)
        elif seat != names.INGRESS:
            # Also when it was proven: nobody put it down as finished.
            said = "the run ended before this seat's verdict"
            yield Result(seat, component, State.UNKNOWN, "verdict", said, retry)


def _done(ended: Mapping[str, dict[str, Any]], name: str) -> bool:
    return ended.get(name, {}).get("state") == "done"


def _next_steps(class_file: ClassFile, results: tuple[Result, ...], kept: list[str]) -> str:
    seats = by_seat(results)
    if any(r.seat == names.INGRESS and not r.good for r in results):
        return f"\nThen run it again: make provision N={class_file.seats}"
    bad = [*(name for name, components in seats.items() if not ready(components)), *kept]
    if bad:
        return f"\nRetry just those: make provision N={class_file.seats} SEATS={','.join(bad)}"
    if not seats:
        return "\nNo seats are left."
    return "\nNext: make cards, make health, make verify, make status, make teardown."
