"""The steps of `make test` leave nothing behind that the next one can't take away."""

from __future__ import annotations

from tests.run import ROOT, steps
from tests.sweep import PREFIX

from classroom.spec import load


def test_the_sweep_follows_the_machine_and_knows_its_classroom_by_its_name() -> None:
    named = {step.name: step for step in steps()}
    names = list(named)
    assert names.index("sweep") == names.index("machine") + 1
    *_, option, file = named["machine"].command
    assert option == "--file"
    assert load(ROOT / file).class_file.name.startswith(PREFIX)
