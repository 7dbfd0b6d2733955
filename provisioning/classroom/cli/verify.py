"""`make verify`: the infrastructure tests against the live classroom."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from classroom.cli.deep import play_labs
from classroom.engine import client as engine
from classroom.engine.commands import for_class
from classroom.engine.observe import observe
from classroom.engine.planning import ROOT, Request, state_folder
from classroom.errors import UsageError
from classroom.watch.promised import planned_seats

TESTS = ROOT / "tests" / "infra"


def verify(request: Request, *, deep: bool, only: str, labs: str) -> int:
    """Run the suite on this terminal; return 0 only if every test of it passed.

    Args:
        request: which classroom.
        deep: whether its seats shall play the course's labs, too.
        only: the seats that shall play; all if empty.
        labs: what they shall play; all if empty.

    Raises:
        UsageError: there is no classroom to look at, or no such seat or lab.
        LockedError: somebody else has the labs played already.
    """
    if (only or labs) and not deep:
        raise UsageError(
            "SEATS and LABS choose what is played", remedy="add DEEP=yes, or leave them out"
        )
    classroom = request.load().class_file
    state = state_folder(classroom.name)
    seats = planned_seats(classroom, observe(engine.connect(), state), state)
    if not seats:
        raise UsageError(
            f"classroom {classroom.name} has no seats", remedy="run `make provision` first"
        )
    command = [
        *(sys.executable, "-m", "pytest", "-c", str(TESTS / "pytest.ini")),
        *("--quiet", "--no-header", "--tb=short", "-rs", "-p", "no:cacheprovider", str(TESTS)),
    ]
    environment = {
        **os.environ,
        **replace(request, file=request.file.absolute()).to_environment(),
        # The same tests and the same output whatever else is installed or set.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603 - our own
    if done.returncode:
        _say_what_to_do(len(seats), request.file)
    failed = bool(done.returncode)
    if deep:
        there = [seat.name for seat in seats]
        failed |= bool(play_labs(classroom.name, state, there, only=only, labs=labs))
    return int(failed)


def _say_what_to_do(seats: int, file: Path) -> None:
    advice = (
        "\nWhat a test names can be put right like this: `docker rm -f` its container, then "
        f"`make provision N={seats}`.\nVolumes, and the work in them, stay."
    )
    print(for_class(advice, file))
