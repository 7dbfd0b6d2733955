"""A lab's files: one source is solution and starter, and both are sound."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from labkit.first_screen import WORKSPACE_FILE, create_first_screen, first_screen
from labkit.labs import Lab, UnknownLabError, all_labs, find_lab
from labkit.render import lab_file, render
from labkit.seat import Seat

LABS = Path(__file__).resolve().parents[2] / "labs"
BIN = Path(sys.executable).parent
SEAT = Seat("seat-07", "http://s07.localhost:8000", "temporal:7233", "default")


@pytest.fixture(params=all_labs(LABS), ids=lambda lab: lab.id)
def lab(request: pytest.FixtureRequest) -> Lab:
    chosen: Lab = request.param
    return chosen


def rendered(lab: Lab, name: str, *, solution: bool) -> str:
    return lab_file(lab, name, SEAT, solution=solution)


def write_variant(lab: Lab, folder: Path, *, solution: bool) -> list[Path]:
    folder.mkdir()
    for name in lab.files:
        (folder / name).write_text(rendered(lab, name, solution=solution))
    return sorted(folder.glob("*.py"))


def lint(files: list[Path], folder: Path, *, solution: bool) -> None:
    """Run the project's linters on a lab's files, its folder being on the path as at run time."""
    path = f"src = ['{folder}', '{LABS}']"
    ruff = [BIN / "ruff", "check", "--no-cache", "--config", LABS / "pyproject.toml"]
    if not solution:
        # What its TODOs will need is imported already.
        ruff += ["--ignore", "F401"]
    commands = (
        [*ruff, "--config", path, *files],
        [BIN / "mypy", "--config-file", LABS.parent / "pyproject.toml", *files],
    )
    for command in commands:
        done = subprocess.run(
            list(map(str, command)),
            cwd=LABS.parent,
            env={**os.environ, "MYPYPATH": f"{folder}:{LABS}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("solution", [True, False], ids=["solution", "starter"])
def test_both_variants_pass_the_projects_linters(
    lab: Lab, tmp_path: Path, *, solution: bool
) -> None:
    folder = tmp_path / lab.folder.name
    lint(write_variant(lab, folder, solution=solution), folder, solution=solution)


def test_the_source_as_it_stands_is_the_solution(lab: Lab) -> None:
    for name in lab.files:
        if name.endswith(".py"):
            source = (lab.folder / name).read_text()
            assert ast.dump(ast.parse(source)) == ast.dump(
                ast.parse(rendered(lab, name, solution=True))
            )


def test_the_starter_has_tasks_and_no_template_marks(lab: Lab) -> None:
    starter = "".join(rendered(lab, n, solution=False) for n in lab.files if n.endswith(".py"))
    solution = "".join(rendered(lab, n, solution=True) for n in lab.files if n.endswith(".py"))
    numbers = sorted({int(number) for number in re.findall(r"# TODO (\d)", starter)})
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers
    assert "TODO" not in solution
    assert "# %" not in starter + solution


def test_every_file_of_the_folder_is_handed_out(lab: Lab) -> None:
    names = {path.name for path in lab.folder.iterdir() if path.is_file()}
    assert names == {*lab.files, "lab.yml", "check.py", "hints.yml"}


def test_the_guide_names_the_seats_own_addresses(lab: Lab) -> None:
    guide = rendered(lab, "guide.md", solution=False)
    assert "http://s07.localhost:8000/temporal/" in guide
    assert "{{" not in guide


def test_an_unknown_fact_in_a_guide_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("guide.md", "{{ sea.url }}", find_lab(LABS, "D1L1"), SEAT, solution=False)


def test_python_braces_and_percent_signs_are_left_alone() -> None:
    source = 'x = f"{{{1}}}" % {}  # {# 50 % #}\n'
    assert render("a.py", source, find_lab(LABS, "D1L1"), SEAT, solution=False) == source


def test_an_unknown_lab_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownLabError, match=r"There is no lab D9L9. There is: D1L1"):
        find_lab(LABS, "D9L9")


def test_the_first_screen_opens_files_that_the_lab_has() -> None:
    lab = all_labs(LABS)[0]
    widgets = first_screen(lab.folder.name)["data"]
    opened = {w["data"]["path"] for key, w in widgets.items() if key.partition(":")[0] in OPENERS}
    assert opened == {f"{lab.folder.name}/{name}" for name in ("guide.md", "workflows.py")}


def test_the_attendees_layout_is_kept(tmp_path: Path) -> None:
    create_first_screen(tmp_path, "d1l1_hello_workflow")
    (tmp_path / WORKSPACE_FILE).write_text("theirs")
    create_first_screen(tmp_path, "d1l1_hello_workflow")
    assert (tmp_path / WORKSPACE_FILE).read_text() == "theirs"


OPENERS = {"markdownviewer-widget", "editor"}
