"""The script in front of the command: its standard output is the command's alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TALKATIVE = """#!/bin/sh
case "$*" in "-m venv"*) echo "installing pip, just so you know" ;; esac
exec {python} "$@"
"""


def test_a_talkative_python_does_not_get_between_a_program_and_its_json(tmp_path: Path) -> None:
    """JSON=- on the very first run, which makes the environment, is JSON as well."""
    shutil.copy(ROOT / "classroom", tmp_path)
    (tmp_path / "requirements.txt").touch()
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(TALKATIVE.format(python=Path(sys.executable).resolve()))
    python.chmod(0o755)
    done = subprocess.run(
        [tmp_path / "classroom", "--environment-only"],
        env={
            **os.environ,
            "CLASSROOM_LOCKFILE": "requirements.txt",
            "PATH": f"{python.parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "just so you know" in done.stderr
    assert (tmp_path / ".venv" / "bin" / "python").exists()
