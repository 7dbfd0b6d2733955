"""`make mutate`: take each control away from a real room; its test has to notice.

All tests pass first. Then each control goes, its test has to fail and say the expected words, and
the control comes back. At the end all tests pass again. Words on the command line choose controls
by what they hold or by the name of their test; a full run writes the table in docs/security.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.integration.conftest import ROOT, Room
from tests.security.control import Control
from tests.security.controls import CONTROLS
from tests.security.rooms import GIVEN, bring_up, new_room
from tests.security.table import PAGE, written

FAILED = 1
"""pytest's exit code for tests that failed, and not for a mistake."""

TIMEOUT_SECONDS = 900

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout"]


def mutate(room: Room, control: Control) -> str:
    """Return what is wrong with a control's test; empty when it noticed."""
    if control.removal is None:
        return "no way to take it away is written down"
    with control.removal(room):
        without = run_tests(room, [control.test])
    if without.returncode != FAILED:
        return f"its test does not fail without it:\n{without.stdout[-2000:]}"
    if control.says not in without.stdout:
        return f"its test fails without saying {control.says!r}:\n{without.stdout[-2000:]}"
    return ""


def run_tests(room: Room, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests on the room as it is now."""
    return subprocess.run(
        [*PYTEST, *tests],
        cwd=ROOT,
        # Plugins that no test here uses took most of a short test's time.
        env={**os.environ, GIVEN: str(room.folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def whole(room: Room, controls: list[Control], when: str) -> str:
    """Return what fails with every control in place; empty when nothing does."""
    done = run_tests(room, sorted({control.test for control in controls}))
    print(f"{'as it should be' if not done.returncode else 'FAILS':16} {when}", flush=True)
    return done.stdout[-4000:] if done.returncode else ""


def noticed(room: Room, control: Control) -> str:
    """Try a control, say how it went, and return what is wrong; empty when nothing is."""
    began = time.monotonic()
    wrong = mutate(room, control)
    took = f"{time.monotonic() - began:5.1f} s"
    print(f"{'NOT NOTICED' if wrong else 'noticed':16} {took}  {control.holds}", flush=True)
    return f"{control.holds}; without it ({control.removed}) {wrong}" if wrong else ""


def main(chosen: list[str]) -> int:
    """Run the chosen controls, or all; return 1 if one of them was not noticed."""
    controls = [
        c for c in CONTROLS if not chosen or any(w in c.holds or w in c.test for w in chosen)
    ]
    problems = []
    with tempfile.TemporaryDirectory(prefix="cwt-mutate-") as folder:
        room = new_room("cwt-mutate", Path(folder))
        try:
            bring_up(room)
            problems.append(whole(room, controls, "with every control in place"))
            if not problems[0]:
                problems += [noticed(room, control) for control in controls]
                problems.append(whole(room, controls, "with every control back in place"))
        finally:
            room.remove()
    found = [text for text in problems if text]
    print("\n".join(["", *found, f"{len(controls)} controls, {len(found)} problems"]))
    if not found and len(controls) == len(CONTROLS):
        PAGE.write_text(written(PAGE.read_text()))
    return 1 if found or not controls else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
