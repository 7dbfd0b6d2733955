"""What is measured is kept as soon as it is there."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from bench.occasion import without_folder
from bench.outcome import Occasion
from bench.printing import measure_and_print
from bench.tables import Table

FOUND = Occasion(
    at="2026-01-01T00:00:00+00:00",
    command="bench/run.py 3",
    machine="one",
    versions={},
    seats=3,
    at_once=2,
    load_before=0.0,
)


def no_tables(_found: Occasion) -> Iterator[Table]:
    yield from ()


def test_an_interrupted_run_keeps_what_it_has_and_removes_its_classroom(tmp_path: Path) -> None:
    removed = []

    def measured() -> Generator[Occasion, None, None]:
        try:
            yield FOUND
            raise KeyboardInterrupt
        finally:
            removed.append(True)

    file = tmp_path / "found.json"
    with pytest.raises(SystemExit) as end:
        measure_and_print(measured(), no_tables, file)
    assert json.loads(file.read_text())["seats"] == 3
    assert removed
    assert str(end.value) == (
        f"bench: interrupted; its classroom is removed; {file} has what was measured before"
    )


def test_a_run_that_is_interrupted_before_it_has_anything_writes_nothing(tmp_path: Path) -> None:
    def measured() -> Generator[Occasion, None, None]:
        raise KeyboardInterrupt
        yield FOUND

    file = tmp_path / "found.json"
    with pytest.raises(SystemExit, match=r"removed$"):
        measure_and_print(measured(), no_tables, file)
    assert not file.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("70", "70"),
        ("--growth", "--growth"),
        ("/home/ada/grafana.tar.gz", "grafana.tar.gz"),
        ("--grafana=/home/ada/grafana.tar.gz", "--grafana=grafana.tar.gz"),
    ],
)
def test_a_command_is_told_without_the_folders_of_this_machine(given: str, told: str) -> None:
    assert without_folder(given) == told
