"""A seat's rules as files: each alert explains itself, is tested both ways, and is documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboards.kept import OF_OTHERS
from dashboards.table import metrics_in
from tests.scrape import configuration

from classroom.engine.images.catalog import recipes
from classroom.engine.images.model import Recipe, Route
from classroom.spec.model import ClassFile

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "prometheus"

Json = dict[str, Any]
GROUPS: list[Json] = yaml.safe_load((FOLDER / "seat.rules.yml").read_text())["groups"]
TESTS: list[Json] = yaml.safe_load((FOLDER / "tests" / "seat.test.yml").read_text())["tests"]
RULES: list[Json] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS: dict[str, Json] = {rule["alert"]: rule for rule in RULES if "alert" in rule}
each_alert = pytest.mark.parametrize("name", ALERTS)


@each_alert
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"page", "ticket"}
    said = alert["annotations"]
    assert set(said) == {"summary", "description", "runbook"}
    assert all(text.endswith((".", "?")) for text in said.values())


@each_alert
def test_an_alert_is_tested_when_it_fires_and_when_it_does_not(name: str) -> None:
    tries = [
        bool(one["exp_alerts"])
        for test in TESTS
        for one in test.get("alert_rule_test", ())
        if one["alertname"] == name
    ]
    assert set(tries) == {True, False}


def test_the_documentation_has_each_alert() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert [name for name in ALERTS if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("route", Route)
def test_a_seats_prometheus_is_told_of_the_rules_in_its_image(route: Route) -> None:
    made = recipes(ClassFile(), root=ROOT, route=route, certificates=())
    (image,) = (one for one in made if isinstance(one, Recipe) and one.name == "prometheus")
    rules = {f"/opt/classroom/{name}": file for name, file in image.files.items() if "/" in name}
    told = yaml.safe_load(configuration())["rule_files"]
    expected = [FOLDER / name for name in ("seat.rules.yml", "federated.rules.yml")]
    assert [rules[path] for path in told] == expected
    copied = "COPY --from=rules /opt/classroom/rules/ /opt/classroom/rules/"
    assert copied in (ROOT / "images" / "prometheus" / "Dockerfile").read_text()


def test_what_rules_record_is_what_they_ask_for() -> None:
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    asked = set().union(*(metrics_in(rule["expr"]) for rule in RULES))
    assert {name for name in asked if ":" in name} == recorded
    assert all(OF_OTHERS.match(name) for name in recorded)
