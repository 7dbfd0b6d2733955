"""A lab's files: one source is solution and starter, and both are sound."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from labkit.first_screen import WORKSPACE_FILE, create_first_screen, first_screen
from labkit.labs import Lab, UnknownLabError, all_labs, find_lab
from labkit.render import lab_file, render
from labkit.seat import Seat, seat

LABS = Path(__file__).resolve().parents[2] / "labs"
BIN = Path(sys.executable).parent
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
    assert bool(numbers) != lab.example
    assert "TODO" not in solution
    assert "# %" not in starter + solution


# Steps on the way that a later TODO replaces, or that leave something to be found out.
ON_THE_WAY = {("D2L3", "workflows.py", "3"), ("T13", "workflows.py", "2")}


def squeezed(code: str) -> str:
    return re.sub(r"\s", "", code)


def todos(starter: str) -> list[tuple[str, str]]:
    """Return the code in the TODOs of a starter, each with its number, without the comment marks.

    One may have several pieces of code, with other comments or an empty line between them.
    """
    found, number = [], ""
    for block in re.findall(r"^ *# TODO .*$|(?:^ *#     .*\n)+", starter, re.MULTILINE):
        if todo := re.match(r" *# TODO (\d)", block):
            number = todo[1]
        else:
            found.append((number, re.sub(r"^( *)#     ", r"\1", block, flags=re.MULTILINE)))
    return found


def test_the_code_in_a_todo_is_the_solutions(lab: Lab) -> None:
    """A later TODO may go in between the lines of an earlier one."""
    for name in (name for name in lab.files if name.endswith(".py")):
        solution = squeezed(rendered(lab, name, solution=True))
        pieces = todos(rendered(lab, name, solution=False))
        for number, code in pieces:
            others = [squeezed(other) for _, other in pieces if other != code]
            without = [solution, *(solution.replace(other, "") for other in others)]
            same = any(squeezed(code) in text for text in without)
            assert same != ((lab.id, name, number) in ON_THE_WAY), f"{name}, TODO {number}:\n{code}"


STICKY = "sticky_queue_schedule_to_start_timeout"


def test_a_worker_with_workflows_is_not_waited_for_longer_than_a_second(lab: Lab) -> None:
    """What a killed worker had in its cache waits that long for it; ten seconds by default."""
    tree = ast.parse(rendered(lab, "worker.py", solution=False))
    workers = [
        {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Worker"
    ]
    with_workflows = [keywords for keywords in workers if "workflows" in keywords]
    assert with_workflows
    for keywords in with_workflows:
        assert keywords.get(STICKY) == "timedelta(seconds=1)"


def test_every_file_of_the_folder_is_handed_out(lab: Lab) -> None:
    names = {path.name for path in lab.folder.iterdir() if path.is_file()}
    own = set() if lab.example else {"check.py", "hints.yml", "play.py"}
    assert names == {*lab.files, "lab.yml", *own}


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


@pytest.mark.parametrize("url", ["http://s07.localhost:8000", "https://s07.class.example"])
def test_a_guide_leads_to_the_ports_that_this_classroom_has(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name, value in (
        ("SEAT", SEAT.name),
        ("SEAT_URL", url),
        ("SEAT_PORTS", "grpc=20001,ui=20002,metrics=20003"),
        ("TEMPORAL_ADDRESS", SEAT.temporal_address),
        ("TEMPORAL_NAMESPACE", SEAT.namespace),
    ):
        monkeypatch.setenv(name, value)
    here = seat()
    assert here == replace(SEAT, url=url, ports={"grpc": 20001, "ui": 20002, "metrics": 20003})
    guide = lab_file(find_lab(LABS, "D2L5"), "guide.md", here, solution=False)
    host = url.removesuffix(":8000")
    for address in (f"{host}:20001/metrics", f"{host}:20002", f"{host}:20003/metrics"):
        assert f"[{address}]({address})" in guide
    assert not re.search(r"\]\([^)]*:(7233|8233|8080)", guide)
