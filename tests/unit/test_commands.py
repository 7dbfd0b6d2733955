"""Commands in messages are about the class file that the message is about."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classroom.engine.commands import for_class
from classroom.engine.lock import exclusive
from classroom.engine.planning import ROOT
from classroom.watch.service import LOCK

JULY = ROOT / "july.yml"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("make health", "make health CLASS=july.yml"),
        ("make provision starts it again", "make provision CLASS=july.yml starts it again"),
        (
            "make provision SEATS=seat-02,seat-03; make logs SEAT=seat-02, then look",
            "make provision SEATS=seat-02,seat-03 CLASS=july.yml; "
            "make logs SEAT=seat-02 CLASS=july.yml, then look",
        ),
        ("run `make provision N=3` first", "run `make provision N=3 CLASS=july.yml` first"),
        (
            'Retry: make provision N=3 SEATS="seat-02".',
            'Retry: make provision N=3 SEATS="seat-02" CLASS=july.yml.',
        ),
        ("(make teardown IMAGES=yes)", "(make teardown IMAGES=yes CLASS=july.yml)"),
        (
            "Next: make cards, make health.",
            "Next: make cards CLASS=july.yml, make health CLASS=july.yml.",
        ),
        ("make provision GRAFANA=a.tar.gz.", "make provision GRAFANA=a.tar.gz CLASS=july.yml."),
        ("make sure, or remake healthy seats", "make sure, or remake healthy seats"),
    ],
)
def test_every_command_names_the_class_file(words: str, said: str) -> None:
    assert for_class(words, JULY) == said


@pytest.mark.parametrize("file", [ROOT / "classroom.yml", Path("classroom.yml")])
def test_the_default_class_file_is_not_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert for_class("make health", file) == "make health"


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (ROOT / "classes" / "july.yml", "classes/july.yml"),
        (Path("/srv/july.yml"), "/srv/july.yml"),
        (Path("/srv/July's class.yml"), "'/srv/July'\"'\"'s class.yml'"),
    ],
)
def test_it_is_named_as_a_shell_in_the_checkout_needs_it(file: Path, named: str) -> None:
    assert for_class("make health", file) == f"make health CLASS={named}"


def test_an_error_names_it_too(tmp_path: Path) -> None:
    july = tmp_path / "july.yml"
    july.write_text(f"name: nobody-{os.getpid()}")
    command = [sys.executable, "-m", "classroom.cli", "watch", "--file", str(july)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(f"does not exist\n  -> run `make provision CLASS={july}` first\n")


def test_who_starts_a_second_watch_is_not_told_to_wait_for_the_first(tmp_path: Path) -> None:
    """It never ends by itself."""
    july = tmp_path / "july.yml"
    july.write_text(f"name: july-{os.getpid()}")
    folder = ROOT / ".classroom" / f"july-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        with exclusive(folder, "looks after it", name=LOCK):
            command = [sys.executable, "-m", "classroom.cli", "watch", "--file", str(july)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        shutil.rmtree(folder)
    assert done.returncode == 1
    assert f"already (process {os.getpid()})\n  -> `make status CLASS={july}`" in done.stderr
