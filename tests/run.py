"""Everything that is checked, in the order in which it tells most: `make test`, `make lint`.

Linters first, then unit tests, then integration tests on real containers. A step that fails does
not stop the next; the end says which failed and where the time went. Leftovers of an earlier run
that was killed are removed first: test classrooms and containers are all called ``cwt…``.

Tests on real containers share two cores, and one in a thousand meets a moment in which nothing
moves. Where one or two files of them fail, these run once more, whole and with nothing beside them.
What fails twice has failed. What passes then is named in the last lines, as unsteady: there is a
race in the test or in the product, and it is somebody's to find.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PACKAGES = [
    "provisioning/classroom",
    "provisioning/portal",
    "dashboards",
    "bench",
    "tests",
    "labs/labkit",
    "labs/conftest.py",
]

REPORTS = ROOT / ".reports"
"""What ran and how, for the last step and for a second look; removed before the next run."""

MOST_FILES_AGAIN = 2
"""Files with failures that are given a second look; more of them are no coincidence."""

TESTS_FAILED = 1
"""Pytest's exit code for that; others mean that it could not do its work."""

_PYTEST = [sys.executable, "-m", "pytest", "-q"]
_SLOWEST = ["--durations", "12", "--durations-min", "10"]
_FILES_AT_ONCE = ["--dist", "loadfile", "--no-loadscope-reorder", "--numprocesses"]
"""Each file has rooms with names and addresses of their own, and much of its time is waiting."""


@dataclass(frozen=True)
class Step:
    """A command and what to call it; ``lint`` tells whether `make lint` runs it."""

    name: str
    command: list[str]
    lint: bool = False

    def run(self) -> Outcome:
        """Run it, and say how it went."""
        return Outcome(self.name, _run(self.command))


@dataclass(frozen=True)
class Rooms(Step):
    """A step of tests on real containers, which are looked at twice before they have failed."""

    files: tuple[str, ...] = ()

    def report(self, look: str) -> str:
        """Return where pytest's report of the ``first`` or ``second`` look lies."""
        return str(REPORTS / f"{self.name}, {look} look.xml")

    def looked(self, look: str, files: Sequence[str]) -> list[str]:
        """Return the command of a look at some files."""
        cache = f"cache_dir={self._cache}"
        return [*self.command, "-o", cache, f"--junitxml={self.report(look)}", *files]

    def run(self) -> Outcome:
        """Run the tests, and those of the few files that failed once more."""
        code = _run(self.looked("first", self.files))
        failed = self.failed_files() if code == TESTS_FAILED else []
        if not 0 < len(failed) <= MOST_FILES_AGAIN:
            return Outcome(self.name, code)
        print(f"\n== {self.name}: a second look at {', '.join(failed)}", flush=True)
        again = _run(self.looked("second", failed))
        return Outcome(self.name, again, unsteady=() if again else tuple(failed))

    def failed_files(self) -> list[str]:
        """Return the files with tests that failed, as pytest keeps them for ``--last-failed``."""
        kept = self._cache / "v" / "cache" / "lastfailed"
        tests = json.loads(kept.read_text()) if kept.exists() else []
        return sorted({test.partition("::")[0] for test in tests})

    @property
    def _cache(self) -> Path:
        return REPORTS / f"{self.name}, cache"


@dataclass(frozen=True)
class Outcome:
    """How a step went.

    Attributes:
        code: its command's exit code, of the last look.
        unsteady: the files that failed at first and passed at the second look.
    """

    name: str
    code: int
    unsteady: tuple[str, ...] = ()

    def line(self, seconds: float) -> str:
        """Return it as a line of the table at the end."""
        remark = f"  FAILED (exit code {self.code})" if self.code else ""
        return f"  {seconds:7.1f} s  {self.name}{remark or ('  UNSTEADY' if self.unsteady else '')}"


def steps() -> list[Step]:
    """Return all steps, in order."""
    scripts = ["classroom", ".ci/run", "tests/chromium", *_shell_scripts()]
    files_at_once = [*_PYTEST, *_SLOWEST, *_FILES_AT_ONCE]
    rooms = [
        Rooms(
            "integration and browser tests",
            [*files_at_once, "3"],
            files=("tests/integration", "tests/browser"),
        ),
        # More of them than of the others: most of what is played is waited for.
        Rooms("labs", [*files_at_once, "6"], files=tuple(_played_labs())),
        # Alone: some of these compare how fast a neighbour answers.
        Rooms("security tests", [*_PYTEST, *_SLOWEST], files=("tests/security",)),
    ]
    return [
        Step("ruff format", [_bin("ruff"), "format", "--check", "."], lint=True),
        Step("ruff check", [_bin("ruff"), "check", "."], lint=True),
        Step("mypy", [_bin("mypy"), *PACKAGES, *_files("labs/*/tests/*.py")], lint=True),
        Step("mypy images", [_bin("mypy"), *_files("images/*/*.py")], lint=True),
        # Plugins have the names that Ansible calls them by; labs have the same names in each.
        Step("mypy plugins", [_bin("mypy"), *_files("provisioning/plugins/*/*.py")], lint=True),
        *(_lab_types(lab) for lab in _lab_folders()),
        Step("import-linter", [_bin("lint-imports"), "--no-cache"], lint=True),
        Step("ansible-lint", [_bin("ansible-lint"), "--offline", "provisioning"], lint=True),
        Step("yamllint", [_bin("yamllint"), "--strict", "."], lint=True),
        Step("hadolint", [_bin("hadolint"), *_files("images/*/*Dockerfile")], lint=True),
        Step("shellcheck", [_bin("shellcheck"), *scripts], lint=True),
        Step(
            "unit tests",
            [*_PYTEST, "-n", "2", "tests/unit", *_files("labs/*/tests/test_*_check.py")],
        ),
        Step("chromium", [str(ROOT / "tests" / "chromium")]),
        Step("machine", [str(ROOT / "classroom"), "machine", "--file", "tests/machine.yml"]),
        Step("sweep", [sys.executable, "-m", "tests.sweep"]),
        Step("images", [sys.executable, "-m", "tests.images"]),
        *rooms,
        # Of every bullet of the course, by the table in labs/README.md. A second look counts.
        Step(
            "proofs",
            [
                sys.executable,
                "-m",
                "tests.proofs",
                *(step.report(look) for look in ("first", "second") for step in rooms),
            ],
        ),
    ]


def _bin(name: str) -> str:
    return str(BIN / name)


def _files(pattern: str) -> list[str]:
    return sorted(str(p.relative_to(ROOT)) for p in ROOT.glob(pattern))


def _lab_folders() -> list[str]:
    return [str(Path(path).parent) for path in _files("labs/*/lab.yml")]


def _played_labs() -> list[str]:
    """Return the tests that play a lab, the largest first: who takes longest shall not be last.

    Before them the one that waits for five minutes, however small it is.
    """
    files = _files("labs/*/tests/test_*_live.py")
    waits = _files("labs/*/tests/test_*_stuck_live.py")
    by_size = sorted(files, key=lambda path: (ROOT / path).stat().st_size, reverse=True)
    return [*waits, *(path for path in by_size if path not in waits)]


def _lab_types(lab: str) -> Step:
    command = ["env", f"MYPYPATH={lab}", _bin("mypy"), *_files(f"{lab}/*.py")]
    return Step(f"mypy {lab}", command, lint=True)


def _shell_scripts() -> list[str]:
    """Return the shell scripts among the images' files, by their first line."""
    marks = (b"#!/bin/sh", b"#!/usr/bin/env bash")
    candidates = [path for path in _files("images/*/*") if (ROOT / path).is_file()]
    return [path for path in candidates if (ROOT / path).read_bytes().startswith(marks)]


def _run(command: Sequence[str]) -> int:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CLASSROOM_LOCKFILE": "requirements-dev.txt"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Run the steps; return 1 if any of them failed."""
    # A shell starts what it puts in the background deaf to Ctrl-C, and whatever that starts is deaf
    # too; some tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shutil.rmtree(REPORTS, ignore_errors=True)
    outcomes, table = [], []
    for step in (s for s in steps() if s.lint or sys.argv[1:] != ["lint"]):
        print(f"\n== {step.name}", flush=True)
        began = time.monotonic()
        outcomes.append(step.run())
        table.append(outcomes[-1].line(time.monotonic() - began))
    print("\n== where the time went", *table, sep="\n")
    for file in (file for outcome in outcomes for file in outcome.unsteady):
        print(f"\nunsteady: {file} failed, and passed when it ran again by itself: find out why")
    failed = [outcome.name for outcome in outcomes if outcome.code]
    print(f"\n{'failed: ' + ', '.join(failed) if failed else 'all steps passed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
