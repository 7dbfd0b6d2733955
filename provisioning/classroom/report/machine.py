"""Results for programs.

JSON, schema 1. A reader may rely on every key below; new keys may be added without a new number::

    {
      "schema": 1,
      "classroom": "temporal",
      "at": "2025-07-16T07:05:00Z",            when the results were taken, UTC
      "good": false,                           whether a session can begin
      "error": "",                             why nobody was asked, or empty; no seats then
      "summary": {
        "line": "68 of 70 seats ready; …",     the last line of the table
        "seats": 70, "ready": 68,
        "without_grafana": "",                 why there is no Grafana, or empty
        "states": {"ok": 348, "stopped by attendee": 1, "failed": 2, "unknown": 0}
      },
      "ingress": {…}, "portal": {…},           a result each, or null
      "prometheus": {…},                       the class Prometheus's, or null
      "grafana": {…},                          the class Grafana's, or null where there is none
      "seats": {
        "seat-01": {
          "temporal": {
            "state": "ok",                     a key of "states"
            "check": "",                       the check that decided it, empty when all passed
            "seen": "…", "fix": "",            what was observed; what to do, empty when good
            "version": "1.32.0",               from the running program, or empty
            "seconds": 0.214                   wall clock of the proof
          }, …
        }, …
      }
    }

JUnit: one test suite, a test case a seat and component (class name the seat). FAILED is a
failure, UNKNOWN an error, STOPPED a pass that says so in its output. No results are one error,
with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from classroom.probe.result import Result, State
from classroom.report.naming import printable
from classroom.report.verdict import OWN, by_seat, exit_status, ready_seats, summary

SCHEMA = 1


def to_json(
    results: Sequence[Result],
    *,
    classroom: str,
    at: datetime,
    without_grafana: str = "",
    error: str = "",
) -> str:
    """Return results as a JSON document; ``at`` is when they were taken, with a time zone."""
    seats = by_seat(results)
    doors = {r.component: _result(r) for r in results if (r.seat, r.component) in OWN}
    document = {
        "schema": SCHEMA,
        "classroom": classroom,
        "at": _utc(at),
        "good": exit_status(results) == 0,
        "error": error,
        "summary": {
            "line": summary(results, without_grafana=without_grafana),
            "seats": len(seats),
            "ready": len(ready_seats(results)),
            "without_grafana": without_grafana,
            "states": {s.value: sum(r.state is s for r in results) for s in State},
        },
        **{component: doors.get(component) for _, component in OWN},
        "seats": {
            seat: {name: _result(r) for name, r in components.items()}
            for seat, components in seats.items()
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _result(result: Result) -> dict[str, object]:
    return {
        "state": result.state.value,
        "check": result.check,
        "seen": result.seen,
        "fix": result.fix,
        "version": result.version,
        "seconds": round(result.seconds, 3),
    }


def to_junit(results: Sequence[Result], *, classroom: str, at: datetime, error: str = "") -> str:
    """Return results as a JUnit XML document; ``at`` is when they were taken, with a time zone."""
    why = error or "no result at all"
    shown = results or [Result(classroom, "results", State.UNKNOWN, "report", why)]
    counts = {
        "tests": str(len(shown)),
        "failures": str(sum(r.state is State.FAILED for r in shown)),
        "errors": str(sum(r.state is State.UNKNOWN for r in shown)),
    }
    # Seats are proven at the same time: the longest proof is how long it took, not the sum.
    took = f"{max(r.seconds for r in shown):.3f}"
    root = ET.Element("testsuites", counts | {"time": took})
    suite = ET.SubElement(
        root,
        "testsuite",
        {"name": printable(f"classroom {classroom}"), **counts, "skipped": "0", "time": took}
        | {"timestamp": _utc(at).removesuffix("Z")},
    )
    for result in shown:
        _case(suite, result)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _case(suite: ET.Element, result: Result) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": printable(result.seat),
            "name": printable(result.component),
            "time": f"{result.seconds:.3f}",
        },
    )
    seen = printable(result.seen)
    if result.state is State.STOPPED:
        ET.SubElement(case, "system-out").text = f"{result.state.value}: {seen}"
    elif not result.good:
        kind = "failure" if result.state is State.FAILED else "error"
        about = {"message": seen, "type": printable(result.check) or "unnamed check"}
        ET.SubElement(case, kind, about).text = printable(result.fix)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
