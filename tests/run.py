"""Everything that is checked, in the order in which it tells most: `make test`, `make lint`.

Linters first, then unit tests, then integration tests on real containers. A step that fails does
not stop the next; the end says which failed and where the time went. Leftovers of an earlier run
that was killed are removed first: test classrooms and containers are all called ``cwt…``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PACKAGES = ["provisioning/classroom", "tests/run.py"]


@dataclass(frozen=True)
class Step:
    """A command and what to call it; ``lint`` tells whether `make lint` runs it."""

    name: str
    command: list[str]
    lint: bool = False


def steps() -> list[Step]:
    """Return all steps, in order."""
    dockerfiles = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("images/*/*Dockerfile"))
    scripts = ["classroom", ".ci/run", *_shell_scripts()]
    return [
        Step("ruff format", [_bin("ruff"), "format", "--check", "."], lint=True),
        Step("ruff check", [_bin("ruff"), "check", "."], lint=True),
        Step("mypy", [_bin("mypy"), *PACKAGES], lint=True),
        Step("mypy labs", [_bin("mypy"), "labs"], lint=True),
        Step("import-linter", [_bin("lint-imports"), "--no-cache"], lint=True),
        Step("ansible-lint", [_bin("ansible-lint"), "--offline", "provisioning"], lint=True),
        Step("yamllint", [_bin("yamllint"), "--strict", "."], lint=True),
        Step("hadolint", [_bin("hadolint"), *dockerfiles], lint=True),
        Step("shellcheck", [_bin("shellcheck"), *scripts], lint=True),
        Step("unit tests", [sys.executable, "-m", "pytest", "-q", "tests/unit"]),
        Step("machine", [str(ROOT / "classroom"), "machine"]),
        Step("sweep", [sys.executable, "tests/sweep.py"]),
        Step("integration tests", [sys.executable, "-m", "pytest", "-q", "tests/integration"]),
    ]


def _bin(name: str) -> str:
    return str(BIN / name)


def _shell_scripts() -> list[str]:
    """Return the shell scripts among the images' files, by their first line."""
    found = []
    for path in sorted(ROOT.glob("images/*/*")):
        if path.is_file() and path.read_bytes().startswith((b"#!/bin/sh", b"#!/usr/bin/env bash")):
            found.append(str(path.relative_to(ROOT)))
    return found


def main() -> int:
    """Run the steps; return 1 if any of them failed."""
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
