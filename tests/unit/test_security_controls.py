"""The list of controls is whole, and docs/security.md says what it says."""

from __future__ import annotations

import ast

from tests.integration.conftest import ROOT
from tests.security.controls import CONTROLS
from tests.security.table import PAGE, written


def names_in(file: str) -> set[str]:
    """Return the names of a file's tests, by reading it."""
    tree = ast.parse((ROOT / file).read_text())
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) if "test_" in n.name[:5]}


def test_every_assertion_has_a_control() -> None:
    assert {c.assertion for c in CONTROLS} == set(range(1, 17))


def test_every_control_can_be_taken_away_and_its_test_exists() -> None:
    for control in CONTROLS:
        file, _, test = control.test.partition("::")
        assert control.removal is not None, control.holds
        assert control.says, control.holds
        assert test.partition("[")[0] in names_in(file), control.test


def test_the_page_has_the_table() -> None:
    page = PAGE.read_text()
    assert written(page) == page, "run `make mutate`"
