"""The benchmark of the front door: what waits for what, and what its tables say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.doors.first import First
from bench.doors.outcome import Arrival, Doors, Resident
from bench.doors.pairs import Pairs
from bench.doors.tables import percentile, tables
from bench.doors.visit import Ask, Kind, Notes
from bench.outcome import Outcome
from bench.page import PAGE as BENCHMARKS
from bench.page import refreshed
from pydantic import TypeAdapter

from classroom.engine.planning import ROOT

PAGE, STYLE, SCRIPT, DATA = (
    Ask(kind, path)
    for kind, path in (
        (Kind.PAGE, "/"),
        (Kind.FILE, "/page.css"),
        (Kind.FILE, "/page.js"),
        (Kind.FILE, "/api"),
    )
)
SOCKET = Ask(Kind.SOCKET, "/terminals/websocket/1")


def test_a_request_waits_for_what_had_been_answered_when_it_was_made() -> None:
    notes = Notes()
    notes.asked("page", PAGE)
    notes.status("page", 303)
    notes.answered("page")
    notes.asked("style", STYLE)
    notes.asked("script", SCRIPT)
    notes.answered("script")
    notes.asked("data", DATA)
    notes.answered("style")
    notes.answered("data")
    notes.asked("data again", DATA)
    # The script came after the page anyway: the data waits for the script alone.
    assert [step.after for step in notes.visit()] == [(), (0,), (0,), (2,), (1, 3)]
    moved = replace(PAGE, status=303)
    assert [step.ask for step in notes.visit()] == [moved, STYLE, SCRIPT, DATA, DATA]


def test_one_address_asked_for_twice_is_two_requests() -> None:
    notes = Notes()
    notes.asked(1, DATA)
    notes.asked(2, DATA)
    notes.answered(2)
    assert notes.waits
    notes.answered(1)
    notes.answered("an older one")
    assert not notes.waits


def test_nobody_waits_for_the_end_of_what_stays_open() -> None:
    notes = Notes()
    notes.asked("events", Ask(Kind.STREAM, "/home/events"))
    notes.asked("socket", SOCKET)
    assert not notes.waits
    notes.greeted("socket")
    assert [step.ask.greeted for step in notes.visit()] == [False, True]


def test_percentiles_are_values_that_somebody_met_with() -> None:
    values = [float(n) for n in range(70, 0, -1)]
    assert [percentile(values, percent) for percent in (50, 95, 100)] == [35.0, 67.0, 70.0]
    assert percentile([3.0], 50) == 3.0


DOORS = Doors(
    at="2026-11-23T03:00:00+00:00",
    command="python -m bench.doors 2",
    machine="2 x CPU",
    versions={"portal": "1"},
    seats=2,
    at_once=8,
    load_before=0.05,
    first=First(claimed=4.0, workspace=5.5, provision=30.0),
    arrival=Arrival(
        within=10.0,
        took=20.0,
        requests={"claim": 1, "home": 9},
        steps={"claim": [0.2, 0.4], "home": [1.0, 3.0]},
        errors=[],
        memory={
            "workspace": Resident(180_000_000, 400_000_000, 300_000_000),
            "portal": Resident(40_000_000, 60_000_000, 50_000_000),
        },
        cpu={"portal": 6.0, "the crowd itself": 4.0},
    ),
    pairs=Pairs(asked=2, questions=30, reached=(), seconds=3.0),
)


def cells(doors: Doors, title: str) -> list[tuple[str, ...]]:
    (found,) = [table for table in tables(doors) if title in table.title]
    return list(found.lines)


def test_tables_say_what_was_measured() -> None:
    assert cells(DOORS, "within 10 s; the last one had every page after 20 s") == [
        ("claim", "1", "0.20 s", "0.40 s", "0.40 s"),
        ("home", "9", "1.00 s", "3.00 s", "3.00 s"),
    ]
    assert cells(DOORS, "memory") == [
        ("portal", "40", "60", "50"),
        ("workspace, a seat", "90", "200", "150"),
    ]
    assert cells(DOORS, "CPU")[-1] == ("all of these", "10.0 (0.50 cores)")
    holds = cells(DOORS, "2 seats: the front door")
    assert [row[-1] for row in holds] == ["holds"] * 3


def test_what_does_not_hold_is_said_loudly() -> None:
    bad = replace(
        DOORS,
        first=First(claimed=31.0, workspace=32.0, provision=30.0),
        arrival=replace(DOORS.arrival, errors=["seat-01: GET /a: 502", "seat-02: GET /a: 502"]),
        pairs=replace(DOORS.pairs, reached=("seat-01 reaches tcp 10.0.2.2:7233: connected",)),
    )
    verdicts = [row[-1] for row in cells(bad, "2 seats: the front door")]
    assert verdicts == ["DOES NOT HOLD"] * 3
    assert cells(bad, "errors") == [("2", "GET /a: 502")]


def test_a_page_takes_results_of_either_benchmark(tmp_path: Path) -> None:
    results = tmp_path / "bench" / "results"
    results.mkdir(parents=True)
    (results / "doors.json").write_bytes(TypeAdapter(Doors).dump_json(DOORS))
    budgets = Outcome("", "bench/run.py 3", "", {}, seats=3, at_once=8, load_before=0.0)
    (results / "3.json").write_bytes(TypeAdapter(Outcome).dump_json(budgets))
    page = "".join(
        f"<!-- bench/results/{name}.json -->\nfrom last time\n<!-- end -->\n"
        for name in ("doors", "3")
    )
    shown = refreshed(page, tmp_path)
    assert "from last time" not in shown
    assert "| claim | 1 | 0.20 s | 0.40 s | 0.40 s |" in shown
    assert "**3 seats: budgets**" in shown
    assert refreshed(shown, tmp_path) == shown


def test_the_page_has_the_tables_of_its_files() -> None:
    page = BENCHMARKS.read_text()
    assert refreshed(page, ROOT) == page, "run `.venv/bin/python -m bench.page`"
