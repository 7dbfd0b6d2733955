"""`make teardown`: archive, remove, and say with a receipt what is gone and what is left."""

from __future__ import annotations

from collections import Counter

import docker

from classroom.cards.folder import CardsFolder
from classroom.cli.ansible import run_playbook
from classroom.cli.consent import consent
from classroom.cli.machine import remove_firewall
from classroom.cli.words import counted
from classroom.engine import client as engine
from classroom.engine.images.remove import remove_images
from classroom.engine.lock import exclusive
from classroom.engine.machine_record import machine_changes
from classroom.engine.planning import ROOT, Request, look, make_plan, state_folder
from classroom.engine.residue import bridges, residue
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
            return 0
        print(_announcement(plan, collect=request.collect), flush=True)
        consent("", classroom, confirmed=confirmed)
        watch = service.end(classroom, state)
        links = bridges(observed, classroom)
        state.promise({}, everything=False)
        events = state.path / "events.jsonl"
        run_playbook("teardown", request=request, lock=lock, events=events)
        collected = [e["where"] for e in read_events(events) if e.get("event") == "archive"]
        after = make_plan(request, loaded, look(loaded, client))
        left = [f"{o.kind} {o.name}" for o in after.changes if o.verb is Verb.REMOVE]
        unguarded = not left and remove_firewall(classroom)
        left += residue(links, classroom)
        removed_images = remove_images(client) if images and not left else ()
        had_cards = False
        if not left:
            state.forget_all()
            had_cards = cards.forget()
    forgotten = [watch] if watch else []
    forgotten += ["all codes, keys, sessions and the console's password"] if not left else []
    forgotten += ["firewall rules"] if unguarded else []
    forgotten += [f"the cards in {cards.path}"] if had_cards else []
    print(_receipt(plan, client, tuple(left), removed_images, tuple(collected), forgotten))
    return 1 if left else 0


def _announcement(plan: Plan, *, collect: bool) -> str:
    seats = [s for s in plan.stacks if s != names.INGRESS]
    counts = Counter(o.kind for o in plan.changes if o.verb is Verb.REMOVE)
    objects = ", ".join(counted(counts[kind], kind) for kind in Kind if counts[kind])
    work = (
        f"The work of each seat is archived to {ROOT / 'collected'} first."
        if collect
        else "COLLECT=no: the work of the seats is NOT archived."
    )
    listed = f"{counted(len(seats), 'seat')} ({seats[0]} to {seats[-1]})" if seats else "no seat"
    return f"Teardown of classroom {plan.classroom} removes {listed}: {objects}.\n{work}"


def _receipt(
    plan: Plan,
    client: docker.APIClient,
    left: tuple[str, ...],
    removed_images: tuple[str, ...],
    collected: tuple[str, ...],
    forgotten: list[str],
) -> str:
    gone = Counter(o.kind for o in plan.changes if o.verb is Verb.REMOVE)
    gone.subtract(Counter(Kind(x.split()[0]) for x in left if x.split()[0] in list(Kind)))
    lines = ["", f"Receipt for classroom {plan.classroom}", "  removed"]
    lines += [f"    {counted(gone[kind], kind)}" for kind in Kind if gone[kind] > 0]
    lines += [f"    {what}" for what in forgotten]
    lines += [f"    image {tag}" for tag in removed_images]
    lines.append("  kept on purpose (undo)")
    lines += [f"    {where}  (rm)" for where in collected]
    if not removed_images:
        count = len(client.images("classroom/*", quiet=True))
        lines.append(f"    {counted(count, 'image')}  (make teardown IMAGES=yes)")
    lines += [f"    {change.what}  ({change.undo})" for change in machine_changes(plan.classroom)]
    lines.append("  left")
    lines += [f"    {item}" for item in left] or ["    nothing"]
    if left:
        lines.append("  -> run `make teardown` again; if it stays, the message above says why")
    return "\n".join(lines)
