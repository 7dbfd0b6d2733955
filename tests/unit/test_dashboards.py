"""The dashboards as files: up to date, whole, and asking only for what Prometheus keeps."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from dashboards.catalog import rendered

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"
FACTS = {"classroom": "temporal", "seat": "seat-07", "url": "http://s07.localhost"}

COLUMNS = 24
ROWS = 17
"""What a window of 1280 x 800 pixels shows of a dashboard without scrolling, as seen in Grafana
12.2 with its menu open."""

Json = dict[str, Any]
DASHBOARDS: dict[str, Json] = {name: json.loads(text) for name, text in rendered().items()}
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"]]
each_dashboard = pytest.mark.parametrize("board", DASHBOARDS.values(), ids=DASHBOARDS)
each_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}: {p['title']}" for name, p in PANELS]
)


def metrics_in(query: str) -> set[str]:
    """Return the names of metrics in a query: those that stand there and those of a regex."""
    named = re.findall(r'__name__=~"([^"]*)"', query)
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}|\b(by|on|without|ignoring) *\([^)]*\)", " ", bare)
    words = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w| *\()", bare)
    keywords = {"or", "and", "unless", "offset", "bool", "workflowType"}
    return set(words) - keywords | set(itertools.chain(*(names.split("|") for names in named)))


def expressions(board: Json) -> Iterator[str]:
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (variable["query"] for variable in board["templating"]["list"])


def kept_by_prometheus() -> re.Pattern[str]:
    """Return what the server's job keeps. A worker's metrics are all kept."""
    template = (ROOT / "prometheus" / "prometheus.yml.j2").read_text()
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    config = yaml.safe_load(environment.from_string(template).render(FACTS))
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert set(jobs) == {"temporal-server", "worker"}
    rules = jobs["temporal-server"]["metric_relabel_configs"]
    (names,) = (rule["regex"] for rule in rules if rule["action"] == "keep")
    return re.compile(names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sum(a_b{c="d",e=~"f|g"} or (up{job="h"} == 1) * 0)', {"a_b", "up"}),
        ("sum by (c) (a) / clamp_min(b offset 1m, 1) > bool 0", {"a", "b"}),
        ('sum({__name__=~"a|b",c="d"})', {"a", "b"}),
        ("label_values(a, workflowType)", {"a"}),
    ],
)
def test_a_query_is_read_rightly(query: str, names: set[str]) -> None:
    assert metrics_in(query) == names


def test_the_committed_files_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == rendered(), "run: make dashboards"


def test_grafanas_home_page_is_there() -> None:
    assert "start-here.json" in (ROOT / "images" / "grafana" / "entrypoint").read_text()
    assert "start-here.json" in DASHBOARDS


@each_dashboard
def test_no_dashboard_asks_for_what_is_not_kept(board: Json) -> None:
    asked = set().union(*map(metrics_in, expressions(board)))
    of_the_server = {name for name in asked if not name.startswith("temporal_")} - {"up"}
    kept = kept_by_prometheus()
    assert {name for name in of_the_server if not kept.fullmatch(name)} == set()
    assert of_the_server


@each_dashboard
def test_a_workers_metric_is_asked_of_the_worker(board: Json) -> None:
    """The server's own workers have the same names, and Prometheus does not keep theirs."""
    for expression in expressions(board):
        assert len(re.findall(r"temporal_\w+", expression)) == len(
            re.findall(r'temporal_\w+\{job="worker"[,}]', expression)
        )


@each_dashboard
def test_a_dashboard_refreshes_and_leads_to_the_other_pages_of_the_seat(board: Json) -> None:
    assert board["refresh"] == "10s"
    assert [link["url"] for link in board["links"]] == ["/../temporal/", "/../workspace/"]
    assert all(link["targetBlank"] for link in board["links"])


def cells(board: Json) -> list[tuple[int, int]]:
    """Return column and row of each cell that a panel takes, once for each panel."""
    return [
        (column, row)
        for place in (panel["gridPos"] for panel in board["panels"])
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]


@each_dashboard
def test_panels_have_a_number_and_a_place_of_their_own(board: Json) -> None:
    taken = cells(board)
    assert len(taken) == len(set(taken))
    assert {column for column, _ in taken} == set(range(COLUMNS))
    ids = [panel["id"] for panel in board["panels"]]
    assert ids == list(range(1, len(ids) + 1))


def test_the_first_dashboard_fills_one_screen() -> None:
    taken = set(cells(DASHBOARDS["start-here.json"]))
    assert taken == set(itertools.product(range(COLUMNS), range(ROWS)))


@each_panel
def test_a_panel_explains_itself(panel: Json) -> None:
    assert panel["title"]
    assert len(panel["description"]) > len(panel["title"])
    if panel["type"] == "text":
        return
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"] == "unknown"
    assert defaults["thresholds"]["steps"]


@each_panel
def test_a_panels_queries_are_named_and_go_to_the_seats_prometheus(panel: Json) -> None:
    targets = panel.get("targets", [])
    assert bool(targets) == (panel["type"] != "text")
    names = [target["legendFormat"] for target in targets]
    assert len(names) == len(set(names))
    assert all(names)
    assert {target["datasource"]["uid"] for target in targets} <= {"prometheus"}
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        assert override["matcher"]["options"] in names
