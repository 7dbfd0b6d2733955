"""What a provisioning run came to: one verdict per planned seat, from the events it left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from classroom.engine.commands import for_class
from classroom.engine.images import Images
from classroom.engine.state import StateFolder, write_private
from classroom.front import has_viewer
from classroom.plan import names
from classroom.plan.desired import seat_url
from classroom.plan.operations import Plan
from classroom.probe.planned import planned_seat
from classroom.probe.reply import SEE_INGRESS, SEE_PORTAL
from classroom.probe.result import Result, State
from classroom.report import complete, exit_status, table, to_json
from classroom.report.events import READMITTED, SHUT, read_events, result_from_data
from classroom.report.naming import compact
from classroom.report.verdict import ALWAYS, OWN, VIEWER, by_seat, ready
from classroom.spec import ClassFile


def verdict(
    class_file: ClassFile,
    plan: Plan,
    images: Images,
    events: Path,
    state: StateFolder,
    *,
    file: Path,
    everything: bool,
) -> int:
    """Print the table of seats and what to do next; return the exit code.

    A seat without a verdict has failed, whatever Ansible's exit code was.

    Args:
        class_file: the classroom.
        plan: what the run was to do.
        images: what its components are made of.
        events: what the run left.
        state: where a proof of the whole classroom is kept; some seats' alone would pass for it.
        file: the class file, for the commands that are printed.
        everything: whether the run was about all seats.
    """
    seats = [
        planned_seat(stack, class_file.domain)
        for name, stack in plan.stacks.items()
        if name != names.INGRESS and stack.stack is not None
    ]
    planned = [(seat.name, component) for seat in seats for component in seat.components]
    planned = [*ALWAYS, *((VIEWER,) if has_viewer(state) else ()), *planned]
    found = list(read_events(events))
    proven = [result_from_data(e) for e in found if e.get("event") == "result"]
    ended = {e["seat"]: e for e in found if e.get("event") == "seat"}
    print("\n".join(readmitted(class_file.name, found)), end="")
    if plan.stacks.keys() == {names.INGRESS}:
        code, said = of_the_door_alone(ended)
        print(f"\n{for_class(said, file)}")
        return code
    shut = any(e.get("event") == SHUT for e in found)
    whole = complete([*proven, *unfinished(planned, proven, ended, shut=shut)], planned)
    results = tuple(replace(r, fix=for_class(r.fix, file)) for r in whole)
    gone = [name for name in plan.removed if _done(ended, name)]
    kept = [name for name in plan.removed if name not in gone]
    console = Console(highlight=False)
    urls = {seat.name: seat_url(class_file, seat.name) for seat in seats}
    sources = {component: ref.source for component, ref in images.refs.items()}
    if seats:
        without = images.without_grafana
        console.print(table(results, without_grafana=without, urls=urls, sources=sources))
        if everything:
            now = datetime.now(UTC)
            document = to_json(results, classroom=class_file.name, at=now, without_grafana=without)
            write_private(state.health, document)
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
    steps = _next_steps(class_file, results, gone, kept)
    # A command goes into one line, so that it can be copied.
    console.print(for_class(steps, file), markup=False, soft_wrap=True)
    return code


def readmitted(classroom: str, events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what to say of a portal that had lost its seats: it has no other past than the cards.

    Args:
        classroom: its name.
        events: those of the run.
    """
    for event in events:
        if event.get("event") == READMITTED:
            yield (
                f"\nThe portal had lost {compact(event['seats'])}, and knows them again: the codes"
                f" in cards/{classroom}/cards.csv open them.\nEverybody types theirs once more. A"
                " code that the console made and no card has opens nothing now.\n"
            )


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
        planned: seat and component of everything that was asked for, the classroom's own too.
        proven: what the proof found; a seat that it found bad needs no further word.
        ended: stack -> the last event that says how its part of the run ended.
        shut: whether the run stopped before the seats, because nobody could be let in.
    """
    bad = {r.seat for r in proven if not r.good}
    closed = not _done({names.INGRESS: {"state": "done"}, **ended}, names.INGRESS)
    if not closed and not any(r.seat == names.INGRESS for r in proven):
        said = "the run ended before it was proven"
        for door in (part for part in planned if part in OWN):
            yield Result(*door, State.UNKNOWN, "verdict", said, "make provision")
    for seat, component in planned:
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


def _next_steps(
    class_file: ClassFile, results: tuple[Result, ...], gone: list[str], kept: list[str]
) -> str:
    seats = by_seat(results)
    if seats and any(r.seat == names.INGRESS and not r.good for r in results):
        return f"\nThen run it again: make provision N={class_file.seats}"
    bad = [*(name for name, components in seats.items() if not ready(components)), *kept]
    if bad:
        return f"\nThen retry just those: make provision N={class_file.seats} SEATS={','.join(bad)}"
    if not seats:
        return f"\nRemoved: {compact(gone)}. Next: make health."
    return "\nNext: make cards, make health, make verify, make status, make teardown."
