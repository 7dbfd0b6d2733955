"""The class's dashboards as files: up to date, whole, and asking only for what somebody tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboards.catalog import boards_of_the_class, rendered, rendered_for_the_class
from dashboards.table import BEGIN_OF_THE_CLASS, metrics_in, with_tables
from tests.unit.test_class_metrics import everything

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards" / "whole_class"
PROMETHEUS = ROOT / "prometheus"

Json = dict[str, Any]
DASHBOARDS: dict[str, Json] = {
    name: json.loads(text) for name, text in rendered_for_the_class().items()
}
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"]]
each_dashboard = pytest.mark.parametrize("board", DASHBOARDS.values(), ids=DASHBOARDS)
each_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}: {p['title']}" for name, p in PANELS]
)

OF_PROMETHEUS = {"up", "ALERTS"}
"""What it notes itself of each scrape and each alert."""


def expressions(board: Json) -> Iterator[str]:
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (mark["expr"] for mark in board["annotations"]["list"])


def told() -> set[str]:
    """Return the names of all series that the class Prometheus has, from where they are made."""
    names = {sample.name for metric in everything() for sample in metric.samples}
    for file in ("class.rules.yml", "federated.rules.yml"):
        groups = yaml.safe_load((PROMETHEUS / file).read_text())["groups"]
        names |= {rule["record"] for g in groups for rule in g["rules"] if "record" in rule}
    return names | OF_PROMETHEUS


def test_the_committed_files_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == rendered_for_the_class(), "run: make dashboards"


def test_the_table_in_the_documentation_is_what_the_code_makes() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    made = with_tables(page, BEGIN_OF_THE_CLASS, boards_of_the_class())
    assert page == made, "run: make dashboards"
    titles = {panel["title"] for _, panel in PANELS if panel["type"] != "text"}
    assert {title for title in titles if f"| {title} |" not in page} == set()


def test_they_are_the_four_that_an_instructor_looks_at() -> None:
    titles = [board["title"] for board in DASHBOARDS.values()]
    assert titles == ["Class wall", "Who needs help", "Machine", "Portal and ingress"]
    seats = {json.loads(text)["uid"] for text in rendered().values()}
    assert not seats & {board["uid"] for board in DASHBOARDS.values()}
    assert "class-wall.json" in (ROOT / "images" / "grafana" / "entrypoint").read_text()


@each_panel
def test_no_panel_asks_for_what_nobody_tells(panel: Json) -> None:
    asked = set().union(*(metrics_in(target["expr"]) for target in panel.get("targets", ())))
    assert asked - told() == set(), panel["title"]


@each_dashboard
def test_a_dashboard_leads_to_the_console_and_the_alerts_and_the_others(board: Json) -> None:
    others, *links = board["links"]
    assert (others["type"], others["tags"]) == ("dashboards", board["tags"])
    assert [link["url"] for link in links] == ["/../", "/../prometheus/api/v1/alerts"]
    (mark,) = board["annotations"]["list"]
    assert metrics_in(mark["expr"]) == {"ALERTS"}


@each_dashboard
def test_panels_have_a_number_and_a_place_of_their_own(board: Json) -> None:
    taken = [
        (column, row)
        for place in (panel["gridPos"] for panel in board["panels"])
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert {column for column, _ in taken} == set(range(24))
    ids = [panel["id"] for panel in board["panels"]]
    assert ids == list(range(1, len(ids) + 1))


@each_panel
def test_a_panel_explains_itself(panel: Json) -> None:
    assert panel["title"]
    assert len(panel["description"]) > len(panel["title"])
    assert panel["links"]
    assert all(link["url"].startswith("/../") and link["targetBlank"] for link in panel["links"])
    if panel["type"] == "text":
        return
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"] == "unknown"
    assert defaults["thresholds"]["steps"]
    if panel["type"] == "timeseries":
        assert panel["options"]["legend"]["showLegend"]


@each_panel
def test_a_panels_queries_are_named_and_its_columns_are_they(panel: Json) -> None:
    targets = panel.get("targets", [])
    assert bool(targets) == (panel["type"] != "text")
    names = [target["legendFormat"] for target in targets]
    assert all(names)
    assert len(names) == len(set(names))
    assert {target["datasource"]["uid"] for target in targets} <= {"prometheus"}
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        assert override["matcher"]["options"] in names
    if panel["type"] == "table":
        _, kept, organized = (step["options"] for step in panel["transformations"])
        renamed, place = organized["renameByName"], organized["indexByName"]
        assert sorted(renamed, key=place.get) == kept["include"]["names"]
        assert [renamed[field] for field in kept["include"]["names"]] == ["Seat", *names]
        for step in panel["options"].get("sortBy", ()):
            assert step["displayName"] in names


@each_panel
def test_what_a_seat_tells_is_never_made_0_where_it_told_nothing(panel: Json) -> None:
    """A 0 may come of what the portal knows of each seat, or of a seat that was looked at."""
    for target in panel.get("targets", ()):
        for zero in re.findall(r"or ([^()]*)\* 0", target["expr"]):
            assert not re.search(r"vector|absent", zero), target["expr"]
        assert "vector(" not in target["expr"]
