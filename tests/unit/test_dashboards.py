"""The dashboards as files: up to date, whole, and asking only for what Prometheus keeps."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboards import kept
from dashboards.catalog import boards, rendered
from dashboards.table import BEGIN, END, metrics_in, with_tables
from tests.pages import fences
from tests.scrape import configuration

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"

COLUMNS = 24
ROWS = 17
"""What a window of 1280 x 800 pixels shows of a dashboard without scrolling, as seen in Grafana
12.2 with its menu open."""

NOT_THE_SERVERS = re.compile("temporal_|classroom_|up$|scrape_|process_")
"""Metrics of workers and of other programs, and what Prometheus itself notes of each scrape."""

BULLETS = (
    ":7233/metrics",
    ":8080/metrics",
    "started, completed, failed, timed out",
    "scheduled, started, completed, failed, retry attempts",
    "processing rates",
    "goroutines, memory, database",
    "Histograms",
    "curl",
    ":8233",
)
"""What the course's lab on observability looks at, step by step."""

Json = dict[str, Any]
DASHBOARDS: dict[str, Json] = {name: json.loads(text) for name, text in rendered().items()}
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"]]
each_dashboard = pytest.mark.parametrize("board", DASHBOARDS.values(), ids=DASHBOARDS)
each_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}: {p['title']}" for name, p in PANELS]
)


def expressions(board: Json) -> Iterator[str]:
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (variable["query"] for variable in variables(board))
    yield from (mark["expr"] for mark in board["annotations"]["list"])


def variables(board: Json) -> list[Json]:
    found: list[Json] = board.get("templating", {}).get("list", [])
    return found


def jobs() -> dict[str, Json]:
    """Return what a seat's Prometheus scrapes, by name."""
    found = yaml.safe_load(configuration())["scrape_configs"]
    return {job["job_name"]: job for job in found}


def kept_by_prometheus() -> re.Pattern[str]:
    """Return what the server's job keeps. What the workspace's programs measure is all kept."""
    assert set(jobs()) == {"temporal-server", "worker", "workspace", "temporal-api"}
    rules = jobs()["temporal-server"]["metric_relabel_configs"]
    (names,) = (rule["regex"] for rule in rules if rule["action"] == "keep")
    return re.compile(names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sum(a_b{c="d",e=~"f|g"} or (up{job="h"} == 1) * 0)', {"a_b", "up"}),
        ("sum by (c) (a) / clamp_min(b offset 1m, 1) > bool 0", {"a", "b"}),
        ('sum({__name__=~"a|b",c="d"})', {"a", "b"}),
        ("label_values(a, workflowType)", {"a"}),
        ('a - (a offset 5m <= a or a * 0 unless on() up{job="h"} offset 5m == 0)', {"a", "up"}),
        ("histogram_quantile(0.5, sum by (le) (rate(a_bucket[5m])))", {"a_bucket"}),
        ('count by (__name__) ({__name__!~"a|b"})', set()),
    ],
)
def test_a_query_is_read_rightly(query: str, names: set[str]) -> None:
    assert metrics_in(query) == names


def test_the_committed_files_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == rendered(), "run: make dashboards"


def test_the_table_in_the_documentation_is_what_the_code_makes() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert page == with_tables(page, BEGIN, boards()), "run: make dashboards"
    titles = {panel["title"] for _, panel in PANELS if panel["type"] != "text"}
    assert {title for title in titles if f"| {title} |" not in page} == set()


def test_the_list_of_what_is_kept_is_what_the_code_makes() -> None:
    asked = kept.server_metrics(rendered().values())
    assert kept.LIST.read_text() == kept.as_template(asked), "run: make dashboards"
    by_whom = kept.as_lines(kept.asked_for(rendered().values()))
    assert kept.ASKED.read_text() == by_whom, "run: make dashboards"
    assert set(asked) == set(kept_by_prometheus().pattern.split("|"))


def test_what_is_kept_is_what_boards_and_rules_and_the_course_ask_for_and_no_more() -> None:
    of_seat = (ROOT / "prometheus" / f"{name}.rules.yml" for name in ("seat", "federated"))
    rules = [group for file in of_seat for group in yaml.safe_load(file.read_text())["groups"]]
    asked = {
        name for board in DASHBOARDS.values() for e in expressions(board) for name in metrics_in(e)
    }
    asked |= {name for g in rules for rule in g["rules"] for name in metrics_in(rule["expr"])}
    ours = {name for name in asked if not NOT_THE_SERVERS.match(name) and ":" not in name}
    assert set(kept_by_prometheus().pattern.split("|")) == ours | set(kept.COURSE)


def test_what_a_rule_alone_asks_for_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yml"
    asks = [
        {"record": "a:b:c", "expr": "rate(rarely_asked[5m]) / a:b:c"},
        {"alert": "A", "expr": "up == 0"},
    ]
    rules.write_text(yaml.safe_dump({"groups": [{"rules": asks}]}))
    monkeypatch.setattr(kept, "RULES", (rules,))
    assert kept.server_metrics([]) == sorted({*kept.COURSE, "rarely_asked"})
    assert kept.asked_for([])["rarely_asked"] == {"a:b:c in rules.yml"}


def test_it_is_known_who_asks_for_a_metric() -> None:
    asked = kept.asked_for(rendered().values())
    assert asked["workflow_failed"] >= {
        "the course",
        "the panel 'Workflows since the server started' of Start here",
        "taskqueue:workflows_failed:gained5m in seat.rules.yml",
        "seat:workflows_ended:total in federated.rules.yml",
    }
    assert any(
        who.startswith("the choice 'Task queue' of ") for who in set().union(*asked.values())
    )
    assert all(not kept.OF_OTHERS.match(name) for name in asked)


def test_what_pages_ask_prometheus_is_kept() -> None:
    asked = [fence for fence in fences("promql") if "temporal_" not in fence.text]
    assert asked
    pattern = kept_by_prometheus()
    for fence in asked:
        names = {name for name in metrics_in(fence.text) if not NOT_THE_SERVERS.match(name)}
        assert {name for name in names if not pattern.fullmatch(name)} == set(), fence.place


def test_an_expression_that_no_list_of_names_can_keep_is_refused() -> None:
    pattern = '{__name__=~"workflow_(failed|timeout)"}'
    panel = {"title": "Failed", "targets": [{"expr": pattern}]}
    board = {"title": "Workflows", "panels": [panel], "annotations": {"list": []}}
    with pytest.raises(ValueError, match=r"write names in full.*workflow_\(failed"):
        kept.server_metrics([json.dumps(board)])


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}"])
def test_a_page_without_a_place_for_the_tables_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match=r"docs/metrics\.md"):
        with_tables(page, BEGIN, boards())


def test_grafanas_home_page_is_there() -> None:
    assert "start-here.json" in (ROOT / "images" / "grafana" / "entrypoint").read_text()
    assert "start-here.json" in DASHBOARDS


@each_dashboard
def test_no_dashboard_asks_for_what_is_not_kept(board: Json) -> None:
    asked = set().union(*map(metrics_in, expressions(board)))
    of_the_server = {name for name in asked if not NOT_THE_SERVERS.match(name)}
    kept = kept_by_prometheus()
    assert {name for name in of_the_server if not kept.fullmatch(name)} == set()


@each_dashboard
def test_a_workers_metric_is_asked_of_the_worker(board: Json) -> None:
    """The server's own workers have the same names, and Prometheus does not keep theirs."""
    for expression in expressions(board):
        selectors = re.findall(r"\w*\{[^}]*\}", expression)
        of_workers = [s for s in selectors if s.startswith("temporal_") or '"temporal_' in s]
        assert all('job="worker"' in selector for selector in of_workers)
        rest = re.sub(r"\w*\{[^}]*\}", "", expression)
        assert "temporal_" not in rest


@each_dashboard
def test_a_dashboard_refreshes_and_leads_to_the_other_pages_of_the_seat(board: Json) -> None:
    assert board["refresh"] == "10s"
    others, *links = board["links"]
    assert (others["type"], others["tags"]) == ("dashboards", board["tags"])
    assert [link["url"] for link in links] == [
        "/../temporal/",
        "/../workspace/",
        "/../workspace/lab/tree/d2l5_observability/guide.md",
    ]
    assert all(link["targetBlank"] for link in links)


def test_the_lab_guide_that_is_linked_is_there() -> None:
    assert (ROOT / "labs" / "d2l5_observability" / "guide.md").exists()


@each_dashboard
def test_a_dashboard_marks_when_workers_begin_and_are_gone(board: Json) -> None:
    starts, gone = board["annotations"]["list"]
    assert (starts["name"], gone["name"]) == ("A worker starts", "No worker on :8080")
    assert {mark["datasource"]["uid"] for mark in (starts, gone)} == {"prometheus"}
    assert all(mark["enable"] and mark["hide"] for mark in (starts, gone))
    assert all(mark["titleFormat"].startswith(mark["name"]) for mark in (starts, gone))


@each_dashboard
def test_what_can_be_chosen_chooses_something(board: Json) -> None:
    asked = [t["expr"] for panel in board["panels"] for t in panel.get("targets", ())]
    used = set().union(*(re.findall(r"\$([a-z]+)", expression) for expression in asked))
    assert used == {variable["name"] for variable in variables(board)}


@pytest.mark.parametrize(
    ("board", "choices"),
    [
        # Its head has room for links alone, or it would not fit on a screen.
        ("start-here", set()),
        ("workflows", {"type", "queue"}),
        ("activities-and-retries", {"type", "activity", "queue"}),
        ("workers-and-task-queues", {"queue"}),
        ("lab-5-guided-tour", {"type", "activity", "queue"}),
        ("python-worker-process", {"type", "activity", "queue"}),
    ],
)
def test_types_and_queues_can_be_chosen(board: str, choices: set[str]) -> None:
    found = variables(DASHBOARDS[f"{board}.json"])
    assert {variable["name"] for variable in found} == choices
    assert all(variable["multi"] and variable["includeAll"] for variable in found)


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
    assert panel["links"]
    assert all(link["url"].startswith("/../") and link["targetBlank"] for link in panel["links"])
    if panel["type"] == "text":
        return
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"] in {"unknown", "no such program"}
    assert defaults["thresholds"]["steps"]
    if panel["type"] == "timeseries":
        assert panel["options"]["legend"]["showLegend"]
        limits = len(defaults["thresholds"]["steps"]) > 1
        assert (defaults["custom"]["thresholdsStyle"]["mode"] != "off") == limits


@each_panel
def test_a_panel_that_is_fed_by_the_servers_api_says_so(panel: Json) -> None:
    fed_by = set().union(*(metrics_in(target["expr"]) for target in panel.get("targets", ())))
    asked = any(name.startswith("classroom_") for name in fed_by)
    assert asked == (
        "the server's API" in panel["description"] or "its API" in panel["description"]
    )


@each_panel
def test_a_panels_queries_are_named_and_go_to_the_seats_prometheus(panel: Json) -> None:
    targets = panel.get("targets", [])
    assert bool(targets) == (panel["type"] != "text")
    names = [target["legendFormat"] for target in targets]
    assert len(names) == len(set(names))
    assert all(names)
    assert {target["datasource"]["uid"] for target in targets} <= {"prometheus"}
    letters = [target["refId"] for target in targets]
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        known = {"byName": names, "byFrameRefID": letters}[override["matcher"]["id"]]
        assert override["matcher"]["options"] in known


def test_the_tour_stops_at_each_bullet_of_the_course_and_names_what_feeds_the_panels() -> None:
    panels = DASHBOARDS["lab-5-guided-tour.json"]["panels"]
    rows = itertools.groupby(panels, key=lambda panel: panel["gridPos"]["y"])
    stops = [list(row) for _, row in rows]
    assert len(stops) == len(BULLETS)
    for number, (words, (text, *shown)) in enumerate(zip(BULLETS, stops, strict=True), start=1):
        assert text["title"].startswith(f"{number}. ")
        bullet, reading, raw = re.split(
            r"\n\n|\*\*Raw:\*\*", text["options"]["content"], maxsplit=2
        )
        assert words in bullet
        assert reading.strip()
        asked = set().union(*(metrics_in(t["expr"]) for panel in shown for t in panel["targets"]))
        assert set(re.findall(r"\w+", raw)) & asked, raw
