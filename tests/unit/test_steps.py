"""The steps of `make test` leave nothing behind; tests in rooms are given a second look."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests import run
from tests.run import MOST_FILES_AGAIN, ROOT, Outcome, Rooms, steps
from tests.sweep import PREFIX

from classroom.spec import load

PASSES = "def test_it(): pass\n"
FAILS = "def test_it(): assert False\n"
AT_FIRST_ONLY = """
from pathlib import Path

def test_it():
    mark = Path(__file__).with_suffix(".mark")
    seen = mark.exists()
    mark.touch()
    assert seen
"""


def test_the_sweep_follows_the_machine_and_knows_its_classroom_by_its_name() -> None:
    named = {step.name: step for step in steps()}
    names = list(named)
    assert names.index("sweep") == names.index("machine") + 1
    *_, option, file = named["machine"].command
    assert option == "--file"
    assert load(ROOT / file).class_file.name.startswith(PREFIX)


@pytest.mark.parametrize(
    ("files", "code", "unsteady"),
    [
        ([PASSES], 0, ()),
        ([PASSES, AT_FIRST_ONLY], 0, ("test_1.py",)),
        ([AT_FIRST_ONLY] * MOST_FILES_AGAIN, 0, ("test_0.py", "test_1.py")),
        ([AT_FIRST_ONLY] * (MOST_FILES_AGAIN + 1), 1, ()),
        ([FAILS, AT_FIRST_ONLY], 1, ()),
        (["import nothing_of_this_name\n"], 2, ()),
    ],
)
def test_what_fails_twice_has_failed_and_what_fails_once_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: list[str],
    code: int,
    unsteady: tuple[str, ...],
) -> None:
    monkeypatch.setattr(run, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    for number, text in enumerate(files):
        (tmp_path / f"test_{number}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path)]
    outcome = Rooms("rooms", command, files=(".",)).run()
    assert outcome == Outcome("rooms", code, unsteady)


def test_the_table_names_what_failed_and_what_is_unsteady() -> None:
    assert Outcome("labs", 0).line(12) == "     12.0 s  labs"
    assert Outcome("labs", 1).line(12) == "     12.0 s  labs  FAILED (exit code 1)"
    assert Outcome("labs", 0, ("a.py",)).line(12) == "     12.0 s  labs  UNSTEADY"
