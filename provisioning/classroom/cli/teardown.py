"""`make teardown`: archive, remove, and say with a receipt what is gone and what is left."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import docker

from classroom.cards.folder import CardsFolder
from classroom.cli.ansible import run_playbook
from classroom.cli.consent import consent
from classroom.cli.machine import remove_firewall
from classroom.cli.words import counted
from classroom.engine import client as engine
from classroom.engine.archive import collect_audit
from classroom.engine.commands import for_class
from classroom.engine.images.model import REPOSITORY
from classroom.engine.images.remove import remove_images
from classroom.engine.lock import exclusive
from classroom.engine.machine_record import Change, machine_changes
from classroom.engine.planning import ROOT, Request, look, make_plan, state_folder
from classroom.engine.residue import bridges, residue
from classroom.errors import EngineError
from classroom.plan import names
from classroom.plan.operations import Kind, Plan, Verb
from classroom.report.events import read_events
from classroom.watch import service


def teardown(request: Request, *, images: bool, confirmed: bool) -> int:
    """Remove the classroom; return 0 only when nothing of it is left."""
    loaded = request.load()
    classroom = loaded.class_file.name
    client = engine.connect()
    state = state_folder(classroom)
    cards = CardsFolder(ROOT, classroom)
    state.ensure()
    # All of it under the lock: a run that has just begun has nothing to show for itself yet.
    with exclusive(state.path, "teardown") as lock:
        observed = look(loaded, client)
        plan = make_plan(request, loaded, observed)
        if not plan.stacks:
            service.end(classroom, state)
            remove_firewall(classroom)
            state.forget_all()
            cards.forget()
            print(f"classroom {classroom}: nothing exists, nothing to do")
            # A receipt names this way to be rid of them, and then the classroom is gone already.
            if images:
                gone = remove_images(client)
                print(*_gone(gone), *_kept(client, gone), sep="\n")
            return 0
        print(_announcement(plan, collect=request.collect), flush=True)
        consent(classroom, confirmed=confirmed)
        watch = service.end(classroom, state)
        links = bridges(observed, classroom)
        state.promise({}, everything=False)
        events = state.path / "events.jsonl"
        kept = _keep_audit(client, classroom) if request.collect else []
        run_playbook("teardown", request=request, lock=lock, events=events)
        collected = kept + [e["where"] for e in read_events(events) if e.get("event") == "archive"]
        after = make_plan(request, loaded, look(loaded, client))
        left = [f"{o.kind} {o.name}" for o in after.changes if o.verb is Verb.REMOVE]
        unguarded = not left and remove_firewall(classroom)
        left += residue(links, classroom)
        removed_images = remove_images(client) if images and not left else None
        had_cards = False
        if not left:
            state.forget_all()
            had_cards = cards.forget()
    forgotten = [watch] if watch else []
    forgotten += ["all codes, keys, sessions and the console's password"] if not left else []
    forgotten += ["firewall rules"] if unguarded else []
    forgotten += [f"the cards in {cards.path}"] if had_cards else []
    receipt = _receipt(plan, client, tuple(left), removed_images, tuple(collected), forgotten)
    print(for_class(receipt, request.file))
    return 1 if left else 0


def _keep_audit(client: docker.APIClient, classroom: str) -> list[str]:
    """Put the audit log where the work goes; return its path, if there is any."""
    try:
        path = collect_audit(client, classroom, ROOT / "collected")
    except EngineError as error:
        # The work on the seats is worth stopping for, and has the same disk.
        print(error, file=sys.stderr)
        return []
    return [str(path)] if path else []


def _announcement(plan: Plan, *, collect: bool) -> str:
    seats = [s for s in plan.stacks if s != names.INGRESS]
    counts = Counter(o.kind for o in plan.changes if o.verb is Verb.REMOVE)
    objects = ", ".join(counted(counts[kind], kind) for kind in Kind if counts[kind])
    work = (
        f"The work of each seat, and the audit log, are archived to {ROOT / 'collected'} first."
        if collect
        else "COLLECT=no: neither the work of the seats nor the audit log is archived."
    )
    return f"Teardown of classroom {plan.classroom} removes {listed(seats)}: {objects}.\n{work}"


def listed(seats: Sequence[str]) -> str:
    """Return how many seats, and which: ``2 seats (seat-01 to seat-02)``."""
    if not seats:
        return "no seat"
    which = seats[0] if len(seats) == 1 else f"{seats[0]} to {seats[-1]}"
    return f"{counted(len(seats), 'seat')} ({which})"


def _receipt(
    plan: Plan,
    client: docker.APIClient,
    left: tuple[str, ...],
    removed_images: tuple[str, ...] | None,
    collected: tuple[str, ...],
    forgotten: list[str],
) -> str:
    gone = Counter(o.kind for o in plan.changes if o.verb is Verb.REMOVE)
    gone.subtract(Counter(Kind(x.split()[0]) for x in left if x.split()[0] in list(Kind)))
    lines = ["", f"Receipt for classroom {plan.classroom}", "  removed"]
    lines += [f"    {counted(gone[kind], kind)}" for kind in Kind if gone[kind] > 0]
    lines += [f"    {what}" for what in forgotten]
    lines += _gone(removed_images)
    lines.append("  kept on purpose (undo)")
    lines += [f"    {where}  (rm)" for where in collected]
    lines += _kept(client, removed_images)
    lines += changed(machine_changes(plan.classroom), _others(client, plan.classroom))
    lines.append("  left")
    lines += [f"    {item}" for item in left] or ["    nothing"]
    if left:
        lines.append("  -> run `make teardown` again; if it stays, the message above says why")
    return "\n".join(lines)


def changed(changes: Iterable[Change], others: Collection[str]) -> list[str]:
    """Return a line for each change of the machine; what ``others`` need has to wait."""
    there = f"classroom{'s' if len(others) > 1 else ''} {', '.join(sorted(others))}"
    wait = f"not while {there} {'are' if len(others) > 1 else 'is'} here: " if others else ""
    return [f"    {c.what}  ({wait if c.shared else ''}{c.undo})" for c in changes]


def _others(client: docker.APIClient, classroom: str) -> set[str]:
    """Return the other classrooms on this machine, whichever checkout they are of."""
    with engine.explained("look for other classrooms"):
        there = client.containers(all=True, filters={"label": names.LABEL_CLASSROOM})
    return {container["Labels"][names.LABEL_CLASSROOM] for container in there} - {classroom}


def _gone(images: tuple[str, ...] | None) -> list[str]:
    return [f"    image {tag}" for tag in images or ()]


def _kept(client: docker.APIClient, removed: tuple[str, ...] | None) -> list[str]:
    """Return what is left of our images, and why; ``removed`` is None if nobody asked for it."""
    count = len(client.images(f"{REPOSITORY}/*", quiet=True))
    why = "make teardown IMAGES=yes" if removed is None else "other classrooms use them"
    return [f"    {counted(count, 'image')}  ({why})"] if count else []
