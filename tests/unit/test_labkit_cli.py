"""The `lab` command: hints, help, and what a key press completes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.cli import build_parser, main
from labkit.errors import LabError
from labkit.files import hand_out, starter_files
from labkit.hints import hint_for, hints_of, standing
from labkit.labs import Lab, all_labs, find_lab
from labkit.render import lab_file
from labkit.seat import Seat

LABS = Path(__file__).resolve().parents[2] / "labs"
SEAT = Seat(
    "seat-07",
    "http://s07.localhost:8000",
    "temporal:7233",
    "default",
    {"grpc": 7233, "ui": 8233, "metrics": 8080},
)


@pytest.fixture(params=all_labs(LABS), ids=lambda lab: lab.id)
def lab(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the home of an attendee, and be in their workspace."""
    environment = {
        "HOME": str(tmp_path),
        "LABKIT_LABS": str(LABS),
        "LABKIT_RUN_DIR": str(tmp_path / "run"),
        "SEAT": SEAT.name,
        "SEAT_URL": SEAT.url,
        "SEAT_PORTS": "grpc=7233,ui=8233,metrics=8080",
        "TEMPORAL_ADDRESS": SEAT.temporal_address,
        "TEMPORAL_NAMESPACE": SEAT.namespace,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def lab_command(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["lab", *words])
    main()


def test_each_todo_has_a_hint_where_it_stands(lab: Lab) -> None:
    todos = {
        (int(number), name)
        for name in lab.files
        if name.endswith(".py")
        for number in re.findall(r"# TODO (\d+)", lab_file(lab, name, SEAT, solution=False))
    }
    assert {(hint.todo, hint.file) for hint in hints_of(lab)} == todos


def test_a_hint_is_short_and_its_nudge_shows_no_code(lab: Lab) -> None:
    for hint in hints_of(lab):
        assert 1 <= len(hint.nudge.splitlines()) <= 3
        assert 1 <= len(hint.way.splitlines()) <= 5
        assert all(len(line) <= 98 for line in f"{hint.nudge}\n{hint.way}".splitlines())
        assert "(" not in hint.nudge


def test_hints_are_for_what_is_still_to_do(tmp_path: Path) -> None:
    lab = find_lab(LABS, "D1L3")
    hand_out(starter_files(lab, SEAT), tmp_path)
    place, hints = tmp_path / lab.folder.name, hints_of(lab)
    assert [hint.todo for hint in standing(hints, place)] == [1, 2, 3]
    (place / "activities.py").write_text(lab_file(lab, "activities.py", SEAT, solution=True))
    assert [hint.todo for hint in standing(hints, place)] == [1, 3]


def test_a_todo_that_is_none_is_answered_with_those_there_are() -> None:
    with pytest.raises(LabError, match=r"no hint for a TODO 9. Its TODOs with hints: 1, 2, 3\."):
        hint_for(hints_of(find_lab(LABS, "D1L3")), 9, "D1L3")


def test_from_start_to_reset_as_an_attendee_types_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = home / "course" / "d1l1_hello_workflow" / "workflows.py"
    lab_command(monkeypatch, "start", "d1l1")
    assert "Begin with ~/course/d1l1_hello_workflow/guide.md" in capsys.readouterr().out

    lab_command(monkeypatch, "hint", "D1L1")
    said = capsys.readouterr().out
    assert re.findall(r"^TODO (\d) in workflows.py$", said, re.MULTILINE) == ["1", "2", "3"]
    assert said.endswith("More of a hint, for one of them: lab hint D1L1 1\n")

    lab_command(monkeypatch, "hint", "D1L1", "2")
    assert "without `await` there is no pause" in capsys.readouterr().out

    handed_out = mine.read_text()
    lab_command(monkeypatch, "solution", "D1L1")
    said = capsys.readouterr().out
    assert "+        await workflow.sleep(order.pause_seconds)" in said
    assert "python ~/course/d1l1_hello_workflow/solution/worker.py" in said
    assert mine.read_text() == handed_out

    mine.write_text("mine")
    lab_command(monkeypatch, "reset", "D1L1")
    said = capsys.readouterr().out
    assert said.startswith("reset    workflows.py\nWhat you had is in ~/course/d1l1_hello_workflow")
    assert mine.read_text() == handed_out
    lab_command(monkeypatch, "reset", "D1L1")
    assert capsys.readouterr().out == "Nothing of D1L1 had been changed.\n"


def test_the_examples_are_listed_at_the_time_for_a_topic_of_ones_choice(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab_command(monkeypatch, "list")
    said = capsys.readouterr().out
    assert re.search(r"  T6  Priorities, .*\n +16:15, a worked example, ", said)
    order = re.findall(r"^  (\w+)  ", said, re.MULTILINE)
    assert order.index("D2L4") < order.index("T6")


def test_no_colour_where_there_is_no_terminal(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab_command(monkeypatch, "list")
    assert "\033" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lab_command(monkeypatch, "list")
    assert "\033[1mD1L1\033[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    lab_command(monkeypatch, "list")
    assert "\033" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["wroker", "D1L1"], "lab: there is no command wroker; did you mean `lab worker`?"),
        (["qqq"], "lab: there is no command qqq; `lab` lists those there are."),
        (["worker"], "lab worker: which lab? For example: lab worker D1L1"),
        (["check", "D9L9"], "There is no lab D9L9. There is: D1L1"),
        (["worker", "D1L2"], "worker.py is not there. Create it: lab start D1L2"),
        (["hint", "D1L2"], "d1l2_activities_task_queues is not there. Create it: lab start D1L2"),
        (["stop"], "No lab worker is running. Start one: lab worker D1L1"),
        (["kill"], "No lab worker is running. Start one: lab worker D1L1"),
        (["check", "T6"], "T6 is a worked example: it is finished as it stands, without TODOs"),
        (["hint", "T6", "1"], "What there is to see is in ~/course/t6_priorities_routing/guide.md"),
        (["solution", "T6"], "T6 is a worked example"),
    ],
)
def test_what_is_mistyped_is_answered_in_a_line(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    answer: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        lab_command(monkeypatch, *words)
    said = capsys.readouterr().err if ended.value.code == 2 else str(ended.value.code)
    assert answer in said
    assert len(said.splitlines()) == 1


def test_the_help_tells_how_a_lab_goes(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab_command(monkeypatch)
    said = capsys.readouterr().out
    assert "lab worker D1L1   in one terminal" in said
    assert all(len(line) <= 100 for line in said.splitlines())


def commands() -> list[str]:
    (choices,) = (a.choices for a in build_parser()._actions if a.dest == "==SUPPRESS==")
    assert choices
    return sorted(choices)


def completed(line: str) -> list[str]:
    """Return what bash offers when the cursor stands at the end of a line."""
    script = (
        'source "$1"; COMP_WORDS=($2); [[ $2 == *" " ]] && COMP_WORDS+=("")\n'
        'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _lab; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", LABS / "labkit" / "completion" / "lab", line],
        env={"PATH": os.environ["PATH"], "LABKIT_LABS": str(LABS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return sorted(done.stdout.split())


def test_a_key_press_completes_commands_labs_and_todos() -> None:
    assert completed("lab ") == commands()
    assert completed("lab so") == ["solution"]
    assert completed("lab start d1") == [lab.id for lab in all_labs(LABS) if lab.id[:2] == "D1"]
    assert completed("lab hint d1l3 ") == ["1", "2", "3"]
    assert completed("lab hint D1L ") == []
    assert completed("lab list ") == []
    assert completed("lab worker D1L2 ") == []
