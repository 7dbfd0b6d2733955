"""Everything that is checked, in the order in which it tells most: `make test`, `make lint`.

Linters first, then unit tests, then integration tests on real containers. A step that fails does
not stop the next; the end says which failed and where the time went. Leftovers of an earlier run
that was killed are removed first: test classrooms and containers are all called ``cwt…``.
"""

from __future__ import annotations

import os
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

_PYTEST = [sys.executable, "-m", "pytest", "-q"]
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
    scripts = ["classroom", ".ci/run", *_shell_scripts()]
    return [
        Step("ruff format", [_bin("ruff"), "format", "--check", "."], lint=True),
        Step("ruff check", [_bin("ruff"), "check", "."], lint=True),
        Step("mypy", [_bin("mypy"), *PACKAGES, *_files("labs/*/tests/*.py")], lint=True),
        # Plugins have the names that Ansible calls them by; labs have the same names in each.
        Step("mypy plugins", [_bin("mypy"), *_files("provisioning/plugins/*/*.py")], lint=True),
        *(_lab_types(lab) for lab in _files("labs/d[12]*")),
        Step("import-linter", [_bin("lint-imports"), "--no-cache"], lint=True),
        Step("ansible-lint", [_bin("ansible-lint"), "--offline", "provisioning"], lint=True),
        Step("yamllint", [_bin("yamllint"), "--strict", "."], lint=True),
        Step("hadolint", [_bin("hadolint"), *_files("images/*/*Dockerfile")], lint=True),
        Step("shellcheck", [_bin("shellcheck"), *scripts], lint=True),
        Step("unit tests", [*_PYTEST, "tests/unit", *_files("labs/*/tests/test_*_check.py")]),
        Step("machine", [str(ROOT / "classroom"), "machine"]),
        Step("sweep", [sys.executable, "-m", "tests.sweep"]),
        Step("images", [sys.executable, "-m", "tests.images"]),
        Step(
            "integration and browser tests",
            [*_PYTEST, *_FILES_AT_ONCE, "3", "tests/integration", "tests/browser"],
        ),
        # Two: a lab's lesson is often how long something takes.
        Step("labs", [*_PYTEST, *_FILES_AT_ONCE, "2", *_files("labs/*/tests/test_*_live.py")]),
        # Alone: some of these compare how fast a neighbour answers.
        Step("security tests", [*_PYTEST, "tests/security"]),
    ]


def _bin(name: str) -> str:
    return str(BIN / name)


def _files(pattern: str) -> list[str]:
    return sorted(str(p.relative_to(ROOT)) for p in ROOT.glob(pattern))


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
