"""`make logs` and `make shell`: a look into one seat."""

from __future__ import annotations

import subprocess

from classroom.engine import client as engine
from classroom.engine.observe import observe
from classroom.engine.planning import Request, state_folder
from classroom.errors import UsageError
from classroom.plan import names
from classroom.plan.observed import Container

TAIL = 50


def logs(request: Request, seat: str, component: str) -> int:
    """Print the last lines of each component of ``seat``, or of just ``component``."""
    client = engine.connect()
    for container in _containers(request, seat, component):
        own = container.labels.get(names.LABEL_COMPONENT, container.name)
        print(f"== {seat} {own} ({container.status})")
        with engine.explained("read the log", seat):
            print(client.logs(container.id, tail=TAIL).decode(errors="replace"))
    return 0


def shell(request: Request, seat: str) -> int:
    """Run a login shell in the seat's workspace, on this terminal."""
    (workspace,) = _containers(request, seat, "workspace")
    command = ["docker", "--host", engine.socket(), "exec", "-it", workspace.id, "bash", "-l"]
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603 - nothing is interpolated
    except FileNotFoundError:
        raise UsageError(
            "the docker command is not installed",
            remedy="install it, or open the seat's workspace in the browser: it has a terminal",
        ) from None


def _containers(request: Request, seat: str, component: str) -> tuple[Container, ...]:
    classroom = request.load().class_file.name
    observed = observe(engine.connect(), state_folder(classroom))
    stacks = observed.stacks(classroom)
    if seat not in stacks:
        known = f"there are {', '.join(stacks)}" if stacks else "nothing is provisioned yet"
        raise UsageError(f"no seat {seat or '(none given)'}", where="SEAT=", remedy=known)
    own = sorted(observed.containers_of(classroom, seat), key=lambda c: c.name)
    chosen = [c for c in own if component in ("", c.labels.get(names.LABEL_COMPONENT))]
    if not chosen:
        have = ", ".join(c.labels.get(names.LABEL_COMPONENT, c.name) for c in own) or "nothing"
        raise UsageError(f"{seat} has no {component}", where="COMPONENT=", remedy=f"it has {have}")
    return tuple(chosen)
