"""`make provision` and `make plan`: from the class file to proven seats, in that order."""

from __future__ import annotations

import sys
from dataclasses import replace
from textwrap import shorten

from classroom.cards.handover import handed_over
from classroom.cli.ansible import run_playbook
from classroom.cli.consent import consent
from classroom.cli.farewell import farewell
from classroom.cli.machine import load_for_here, prepare_machine, settle_firewall
from classroom.cli.taken import given_away, loss, registered
from classroom.cli.verdict import verdict
from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.cut import cuts_here
from classroom.engine.images import ensure_images, image_tags, keep_grafana
from classroom.engine.lock import exclusive
from classroom.engine.planning import (
    ROOT,
    Request,
    keep_number,
    look,
    make_plan,
    select,
    state_folder,
)
from classroom.engine.preflight import preflight
from classroom.errors import ClassroomError
from classroom.plan.text import plan_text, summary
from classroom.watch import service

MILESTONES = ("Step ", "ready ", "pull ", "download ", "mmdebstrap ")
LINE = 96
"""Characters of a milestone that are shown."""

NO_CUT = (
    "classroom: this machine's kernel can't end open connections (CONFIG_INET_DIAG_DESTROY)\n"
    "  -> a terminal that is open in a seat stays open when the seat is released or gets a new\n"
    "     code, until its page is closed; restart the seat's workspace to end it"
)


def show_plan(request: Request, *, only: str) -> None:
    """Print the plan; change nothing."""
    loaded = request.load()
    client = engine.connect()
    observed = look(loaded, client)
    if only:
        request = keep_number(request, loaded, observed)
    loaded = request.load()
    whole = make_plan(request, loaded, observed)
    plan = select(whole, only)
    print(plan_text(plan), end="")
    register = registered(loaded.class_file, client, observed)
    if found := given_away(loaded.class_file, whole, plan, register):
        print(for_class(handed_over(found), request.file))


def provision(request: Request, *, only: str, force: bool, confirmed: bool) -> int:
    """Bring the classroom to its plan and prove it; return the exit code."""
    loaded = load_for_here(request)
    class_file = loaded.class_file
    prepare_machine(loaded)
    client = engine.connect()
    state = state_folder(class_file.name)
    state.ensure()
    with exclusive(state.path, "provision") as lock:
        observed = look(loaded, client)
        if only:
            request = keep_number(request, loaded, observed)
        loaded = request.load()
        class_file = loaded.class_file
        images = image_tags(class_file, root=ROOT)
        preflight(loaded, observed, client, images, force=force)
        if not images.built:
            images = ensure_images(class_file, root=ROOT, progress=_say)
            observed = look(loaded, client)
        # Now it is known to be one: what is kept is what later runs take without being told.
        keep_grafana(class_file, ROOT)
        request = replace(request, images=images.tags)
        if not cuts_here(client, class_file.name, images.tags["ingress"], state):
            print(NO_CUT, file=sys.stderr)
        whole = make_plan(request, loaded, observed)
        plan = select(whole, only)
        print(summary(plan), flush=True)
        register = registered(class_file, client, observed)
        found = given_away(class_file, whole, plan, register)
        if plan.removed:
            print(loss(plan, register), flush=True)
        if found:
            print(for_class(handed_over(found), request.file), flush=True)
        if plan.removed or found:
            consent(class_file.name, confirmed=confirmed)
        # What was not seen here, because the portal was down, is not agreed to either.
        request = replace(request, agreed=bool(found) or confirmed)
        wanted = {s.name: s.stack.compose for s in plan.stacks.values() if s.stack is not None}
        state.promise(wanted, everything=not only)
        events = state.path / "events.jsonl"
        limit = tuple(plan.stacks) if only else ()
        run_playbook("seats", request=request, limit=limit, lock=lock, events=events)
        settle_firewall(loaded)
        code = verdict(
            class_file, plan, images, events, state, file=request.file, everything=not only
        )
        print(for_class(farewell(class_file, state, good=code == 0), request.file))
    try:
        pid = service.start(class_file, state, request.file, changed=bool(plan.changes))
    except ClassroomError as error:
        print(f"\n{for_class(str(error), request.file)}", file=sys.stderr)
        return 1
    said = f"Process {pid} watches over it now; `make status` says what it saw last."
    print(for_class(said, request.file))
    return code


def _say(line: str) -> None:
    """Print a step of making the images; a failing build quotes its own last lines."""
    image, _, said = line.partition(": ")
    if image == "images" or said.startswith(MILESTONES):
        print(f"  {shorten(line, LINE, placeholder=' …')}", flush=True)
