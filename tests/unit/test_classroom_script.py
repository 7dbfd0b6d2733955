"""The script in front of the command: its standard output is the command's alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TALKATIVE = """#!/bin/sh
case "$*" in "-m venv"*) echo "installing pip, just so you know" ;; esac
exec {python} "$@"
"""


OTHER = """#!/bin/sh
case "$*" in -V) echo "Python 3.99.0" ;; *) exec {python} "$@" ;; esac
"""


def _python(folder: Path, script: str) -> Path:
    python = folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(script.format(python=Path(sys.executable).resolve()))
    python.chmod(0o755)
    return python


def _launch(folder: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "classroom", "--environment-only"],
        env={
            **os.environ,
            "CLASSROOM_LOCKFILE": "requirements.txt",
            "PATH": path + os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout whose lock is empty, without an environment as yet."""
    shutil.copy(ROOT / "classroom", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


def test_a_talkative_python_does_not_get_between_a_program_and_its_json(checkout: Path) -> None:
    """JSON=- on the very first run, which makes the environment, is JSON as well."""
    python = _python(checkout, TALKATIVE)
    done = _launch(checkout, f"{python.parent}:")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "just so you know" in done.stderr
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_another_python_in_the_path_leaves_the_environment_alone(checkout: Path) -> None:
    """Such as sudo's or cron's: watch runs from this one, and imports more of it later."""
    assert _launch(checkout).returncode == 0
    kept = checkout / ".venv" / "kept"
    kept.touch()
    done = _launch(checkout, f"{_python(checkout, OTHER).parent}:")
    assert (done.returncode, done.stderr) == (0, "")
    assert kept.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    assert _launch(checkout).returncode == 0
    (checkout / ".venv" / "bin" / "python").unlink()
    done = _launch(checkout)
    assert done.returncode == 0
    assert "making the Python environment" in done.stderr
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_an_environment_in_use_is_not_made_anew(checkout: Path) -> None:
    assert _launch(checkout).returncode == 0
    python = checkout / ".venv" / "bin" / "python"
    (checkout / "requirements.txt").write_text("# newer\n")
    with subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE) as user:
        done = _launch(checkout)
        assert done.returncode == 1
        assert f"in use by process {user.pid}\n  -> wait until that has ended" in done.stderr
        user.communicate(b"\n")
    assert _launch(checkout).returncode == 0


def test_who_may_not_make_the_environment_is_told_who_may(checkout: Path) -> None:
    (checkout / ".venv.lock").mkdir()  # root may write anything else
    done = _launch(checkout)
    assert done.returncode == 1
    assert done.stderr.startswith("classroom: the Python environment is out of date, and this user")
    assert "-> run it as the user who made this checkout" in done.stderr


def test_the_tests_packages_only_add_to_the_plain_ones() -> None:
    """They are installed beneath a watch that runs, without a look at who is there."""
    plain, dev = (
        set(re.findall(r"^[a-z0-9._-]+==[^ ]+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert plain
    assert plain <= dev
