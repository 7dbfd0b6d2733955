"""Everything that is checked, in the order in which it tells most: `make test`, `make lint`.

Linters first, then unit tests, then integration tests on real containers. A step that fails does
not stop the next; the end says which failed and where the time went. Leftovers of an earlier run
that was killed are removed first: test classrooms and containers are all called ``cwt…``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
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
LABS_REPORT, ROOMS_REPORT = str(REPORTS / "labs.xml"), str(REPORTS / "rooms.xml")
"""What ran and how, for the last step; those of an earlier run are removed first."""

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


def steps() -> list[Step]:
    """Return all steps, in order."""
    scripts = ["classroom", ".ci/run", "tests/chromium", *_shell_scripts()]
    return [
        Step("ruff format", [_bin("ruff"), "format", "--check", "."], lint=True),
        Step("ruff check", [_bin("ruff"), "check", "."], lint=True),
        Step("mypy", [_bin("mypy"), *PACKAGES, *_files("labs/*/tests/*.py")], lint=True),
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
        Step(
            "integration and browser tests",
            [
                *_PYTEST,
                *_SLOWEST,
                f"--junitxml={ROOMS_REPORT}",
                *_FILES_AT_ONCE,
                "3",
                "tests/integration",
                "tests/browser",
            ],
        ),
        Step(
            "labs",
            [
                *_PYTEST,
                *_SLOWEST,
                f"--junitxml={LABS_REPORT}",
                *_FILES_AT_ONCE,
                "4",
                *_played_labs(),
            ],
        ),
        # Alone: some of these compare how fast a neighbour answers.
        Step("security tests", [*_PYTEST, *_SLOWEST, "tests/security"]),
        # Of every bullet of the course, by the table in labs/README.md.
        Step("proofs", [sys.executable, "-m", "tests.proofs", LABS_REPORT, ROOMS_REPORT]),
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


def main() -> int:
    """Run the steps; return 1 if any of them failed."""
    # A shell starts what it puts in the background deaf to Ctrl-C, and whatever that starts is deaf
    # too; some tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chosen = [s for s in steps() if s.lint or sys.argv[1:] != ["lint"]]
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CLASSROOM_LOCKFILE": "requirements-dev.txt"}
    shutil.rmtree(REPORTS, ignore_errors=True)
    report = []
    for step in chosen:
        print(f"\n== {step.name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(step.command, cwd=ROOT, env=environment, check=False).returncode
        report.append((step.name, code, time.monotonic() - began))
    print("\n== where the time went")
    for name, code, seconds in report:
        print(f"  {seconds:7.1f} s  {name}{'' if code == 0 else f'  FAILED (exit code {code})'}")
    failed = [name for name, code, _ in report if code]
    print(f"\n{'failed: ' + ', '.join(failed) if failed else 'all steps passed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
