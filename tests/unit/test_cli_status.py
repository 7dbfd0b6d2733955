"""What status says of a classroom, to programs and at a terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.unit.test_plan import ROOT, built, wanted, without

from classroom.cli.status import describe, show
from classroom.spec.model import ClassFile

NEVER = {"summary": "unknown", "at": None, "age_seconds": None}


@pytest.fixture
def document() -> dict[str, Any]:
    """Return two seats, of which one has lost its containers and one its Grafana."""
    seats = built(wanted(2))
    lost = [name for name in seats.containers if "-seat-02-" in name]
    there = without(seats, "temporal-seat-01-grafana", *lost)
    return {**describe(ClassFile(seats=2), there, NEVER), "watch": {"process": None}}


def test_programs_are_told_each_address_that_leads_somewhere(document: dict[str, Any]) -> None:
    assert {name: stack["urls"] for name, stack in document["stacks"].items()} == {
        "ingress": {
            "front": "http://localhost/",
            "console": "http://console.localhost/",
            "grafana": "http://console.localhost/grafana/",
        },
        "seat-01": {
            "home": "http://s01.localhost/",
            "workspace": "http://s01.localhost/workspace/",
            "temporal": "http://s01.localhost/temporal/",
            "prometheus": "http://s01.localhost/prometheus/",
        },
        "seat-02": {"home": "http://s02.localhost/"},
    }


def test_a_seat_that_lost_its_containers_still_has_a_row(
    document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    show(document, ROOT / "july.yml")
    shown = capsys.readouterr().out
    assert re.search(r"(?m)^seat-02 +- +no containers *$", shown)
    assert "last health: unknown (make health CLASS=july.yml)" in shown
