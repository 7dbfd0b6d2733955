"""What the health command leaves to programs when it can't do its work: never a green of before."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GREEN = '{"schema": 1, "good": true}'

Health = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def health(tmp_path: Path) -> Health:
    """Return a function that runs health where no engine answers, about a class file's text."""

    def run(*options: str, text: str = "") -> subprocess.CompletedProcess[str]:
        class_file = tmp_path / "july.yml"
        class_file.write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "classroom.cli", "health", "--file", class_file, *options],
            env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/no.sock"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def reports(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of an earlier health that was green."""
    files = tmp_path / "health.json", tmp_path / "health.xml"
    for path in files:
        path.write_text(GREEN)
    return files


@pytest.mark.parametrize(
    ("text", "code", "classroom", "why"),
    [
        ("name: july", 1, "july", "no Docker engine answers"),
        ("nane: july", 2, "", "nane"),
    ],
)
def test_files_of_an_earlier_health_do_not_outlive_one_that_could_not_run(
    health: Health,
    reports: tuple[Path, Path],
    text: str,
    code: int,
    classroom: str,
    why: str,
) -> None:
    done = health("--json", str(reports[0]), "--junit", str(reports[1]), text=text)
    assert done.returncode == code
    document: dict[str, Any] = json.loads(reports[0].read_text())
    assert (document["good"], document["classroom"]) == (False, classroom)
    assert (document["schema"], document["seats"], document["ingress"]) == (1, {}, None)
    assert why in document["error"]
    junit = reports[1].read_text()
    assert 'tests="1" failures="0" errors="1"' in junit
    assert why in junit


@pytest.mark.parametrize(("text", "code"), [("", 1), ("seats: none", 2)])
def test_standard_output_is_json_alone_also_when_health_could_not_run(
    health: Health, text: str, code: int
) -> None:
    done = health("--json", "-", text=text)
    assert done.returncode == code
    assert json.loads(done.stdout)["good"] is False
    assert done.stderr.startswith("classroom: ")


def test_a_file_that_cannot_be_written_does_not_keep_the_other_from_saying_so(
    health: Health, reports: tuple[Path, Path], tmp_path: Path
) -> None:
    done = health("--json", str(reports[0]), "--junit", f"{tmp_path}/nowhere/health.xml")
    assert done.returncode == 2
    assert json.loads(reports[0].read_text())["good"] is False


@pytest.mark.parametrize("option", ["json", "junit"])
@pytest.mark.parametrize(
    ("path", "why"), [("nowhere/a", "there is no folder {}/nowhere"), ("", "{} is a folder")]
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_probed(
    health: Health, tmp_path: Path, option: str, path: str, why: str
) -> None:
    done = health(f"--{option}", f"{tmp_path}/{path}")
    assert done.returncode == 2
    said = f"{option.upper()}=: {why.format(tmp_path)}"
    assert done.stderr.startswith(f"classroom: {said}\n  -> ")


def test_a_closed_standard_output_is_said(tmp_path: Path) -> None:
    (tmp_path / "july.yml").touch()
    done = subprocess.run(
        ["sh", "-c", '"$0" -m classroom.cli health --file july.yml --json - >&-', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("classroom: JSON=-: standard output is closed\n  -> ")
    assert "Traceback" not in done.stderr


def test_junit_does_not_go_to_standard_output(health: Health, tmp_path: Path) -> None:
    done = health("--json", "-", "--junit", "-")
    assert done.returncode == 2
    assert "JUNIT=: JUnit goes to a file\n  -> JUNIT=health.xml" in done.stderr
    assert "JUnit goes to a file" in json.loads(done.stdout)["error"]
    assert not (tmp_path / "-").exists()


def test_a_link_stays_one_and_what_it_leads_to_is_not_green(
    health: Health, reports: tuple[Path, Path], tmp_path: Path
) -> None:
    link = tmp_path / "latest"
    link.symlink_to(reports[0])
    health("--json", str(link))
    assert link.is_symlink()
    assert json.loads(reports[0].read_text())["good"] is False


def test_a_killed_health_leaves_nothing_green(reports: tuple[Path, Path], tmp_path: Path) -> None:
    class_file = tmp_path / "july.yml"
    class_file.write_text("")
    command = [sys.executable, "-m", "classroom.cli", "health", "--file", str(class_file)]
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/sock")
        silent.listen()
        process = subprocess.Popen(
            [*command, "--json", reports[0], "--junit", reports[1]],
            env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/sock"},
        )
        silent.settimeout(30)
        kept_open, _ = silent.accept()
        with kept_open:
            process.kill()
            process.wait()
    assert not any(path.exists() for path in reports)
