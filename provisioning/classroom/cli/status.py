"""`make status`: what exists, from labels and Docker's state; nothing is probed."""

from __future__ import annotations

import json as jsonlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.observe import observe
from classroom.engine.planning import Request, state_folder
from classroom.engine.state import StateFolder
from classroom.plan import names
from classroom.plan.desired import seat_url, url
from classroom.plan.observed import Container, Observed
from classroom.spec import ClassFile
from classroom.watch import service
from classroom.watch.record import last_pass

SCHEMA = 1

PAGES = ("workspace", "temporal", "grafana", "prometheus")
"""Components with a page of their own; its path is the component's name."""


def status(request: Request, *, json: str) -> int:
    """Print what exists; exit code 0, since looking is no verdict."""
    class_file = request.load().class_file
    state = state_folder(class_file.name)
    observed = observe(engine.connect(), state)
    document = describe(class_file, observed, _last_health(state.health))
    document["watch"] = _watch(state)
    if json == "-":
        sys.stdout.write(jsonlib.dumps(document, indent=2) + "\n")
        return 0
    if json:
        Path(json).write_text(jsonlib.dumps(document, indent=2) + "\n")
    show(document, request.file)
    return 0


def describe(class_file: ClassFile, observed: Observed, health: dict[str, Any]) -> dict[str, Any]:
    """Return the classroom as data: for each stack its URLs, for each component what runs it."""
    stacks = observed.stacks(class_file.name)
    return {
        "schema": SCHEMA,
        "classroom": class_file.name,
        "health": health,
        "stacks": {stack: _stack(class_file, observed, stack) for stack in stacks},
    }


def _stack(class_file: ClassFile, observed: Observed, stack: str) -> dict[str, Any]:
    components = {
        c.labels.get(names.LABEL_COMPONENT, c.name): _component(c)
        for c in observed.containers_of(class_file.name, stack)
    }
    if stack == names.INGRESS:
        home = ""
        console = f"{url(class_file, 'console')}/"
        pages = {"grafana": f"{console}grafana/"} if "grafana" in components else {}
        urls = {"front": f"{url(class_file)}/", "console": console, **pages}
    else:
        home = seat_url(class_file, stack)
        pages = {page: f"{home}/{page}/" for page in PAGES if page in components}
        urls = {"home": f"{home}/", **pages}
    return {"url": home, "urls": urls, "components": components}


def _component(container: Container) -> dict[str, str]:
    return {
        "container": container.name,
        "id": container.id,
        "image": container.image,
        "version": container.labels.get(names.LABEL_VERSION, ""),
        "source": container.labels.get(names.LABEL_SOURCE, ""),
        "state": container.state,
        "status": container.status,
        "hash": container.labels.get(names.LABEL_HASH, ""),
    }


def _last_health(path: Path) -> dict[str, Any]:
    """Return the last proof's summary and its age in seconds, or unknown."""
    try:
        last = jsonlib.loads(path.read_text())
        age = (datetime.now(UTC) - datetime.fromisoformat(last["at"])).total_seconds()
        return {"summary": last["summary"]["line"], "at": last["at"], "age_seconds": round(age)}
    except (OSError, ValueError, KeyError, TypeError):
        return {"summary": "unknown", "at": None, "age_seconds": None}


def _watch(state: StateFolder) -> dict[str, Any]:
    """Return who watches, and what the last pass came to, with its age in seconds."""
    last = last_pass(state.watch)
    age = last.age(datetime.now(UTC)).total_seconds() if last else None
    return {
        "process": service.running(state),
        "summary": last.line if last else "unknown",
        "age_seconds": None if age is None else round(age),
    }


def show(document: dict[str, Any], file: Path) -> None:
    """Print the classroom as a table, with what health and watch saw last."""
    console = Console(highlight=False)
    if not document["stacks"]:
        console.print(f"classroom {document['classroom']}: nothing exists", markup=False)
        return
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("seat", "component", "state", "version", "source"):
        grid.add_column(title)
    for stack, facts in document["stacks"].items():
        for component, c in facts["components"].items():
            grid.add_row(stack, component, c["status"], c["version"], c["source"])
        if not facts["components"]:
            grid.add_row(stack, "-", "no containers", "", "")
    console.print(grid)
    health = document["health"]
    if health["at"] is None:
        console.print(f"\nlast health: unknown ({for_class('make health', file)})", markup=False)
    else:
        console.print(
            f"\nlast health, {health['age_seconds']} s ago: {health['summary']}", markup=False
        )
    watch = document["watch"]
    if watch["process"] is None:
        fix = for_class("make provision starts it", file)
        console.print(f"watch does not run: nobody looks after it ({fix})", markup=False)
    else:
        seen = f"last pass {watch['age_seconds']} s ago: {watch['summary']}"
        if watch["age_seconds"] is None:
            seen = "no pass yet"
        console.print(f"watch, process {watch['process']}, {seen}", markup=False)
