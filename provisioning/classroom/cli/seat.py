"""`make logs` and `make shell`: a look into one seat."""

from __future__ import annotations

import subprocess
import sys

from classroom.engine import client as engine
from classroom.engine.observe import observe
from classroom.engine.planning import Request, state_folder
from classroom.errors import UsageError
from classroom.plan import names
from classroom.plan.observed import Container
from classroom.probe.result import Result, State
from classroom.watch.quota import WORKSPACE, with_quota
from classroom.watch.record import fresh_usage

TAIL = 50


def logs(request: Request, seat: str, component: str) -> int:
    """Print the last lines of each component of ``seat``, or of just ``component``."""
    client = engine.connect()
    for container in _containers(request, seat, component):
        own = container.labels.get(names.LABEL_COMPONENT, container.name)
        print(f"== {seat} {own} ({container.status})")
        with engine.explained("read the log", seat):
            said = client.logs(container.id, tail=TAIL)
        # Outside: a reader who has seen enough, such as `head`, is no trouble with the log.
        print(said.decode(errors="replace"))
    return 0


def shell(request: Request, seat: str) -> int:
    """Run a login shell in the seat's workspace, on this terminal; without one, a script.

    Returns:
        0 once a shell ran on a terminal: how its last command ended is nobody's failure. A script
        that failed is 1.

    Raises:
        UsageError: there is no such seat, its workspace does not run, or Docker's command is
            missing.
    """
    (workspace,) = _containers(request, seat, WORKSPACE)
    if workspace.state != "running":
        raise _down(request, seat, workspace)
    at_terminal = sys.stdin.isatty()
    options = "-it" if at_terminal else "-i"
    command = ["docker", "--host", engine.socket(), "exec", options, workspace.id, "bash", "-l"]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - nothing is interpolated
    except FileNotFoundError:
        raise UsageError(
            "the docker command is not installed",
            remedy="install it, or open the seat's workspace in the browser: it has a terminal",
        ) from None
    return 0 if at_terminal or code == 0 else 1


def _down(request: Request, seat: str, workspace: Container) -> UsageError:
    """Say of a workspace that does not run what to do: over its quota, a start would not last."""
    down = Result(
        seat,
        WORKSPACE,
        State.FAILED,
        seen=f"it does not run ({workspace.status})",
        fix=f"make provision SEATS={seat} starts it; make logs SEAT={seat} says why it ended",
    )
    state = state_folder(request.load().class_file.name)
    (found,) = with_quota([down], fresh_usage(state.watch))
    return UsageError(found.seen, where=f"{seat} {WORKSPACE}", remedy=found.fix)


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
