"""What provision says of a run that was not about every seat, and of a Grafana that is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_plan import ROOT, built, wanted

from classroom.cli.health import without_grafana
from classroom.cli.verdict import of_the_door_alone, readmitted, verdict
from classroom.engine.images import Images
from classroom.engine.state import StateFolder
from classroom.plan.reconcile import reconcile
from classroom.probe.target import Seat
from classroom.report.events import seat_event
from classroom.spec.model import ClassFile, GrafanaPolicy

JULY = ROOT / "july.yml"


@pytest.mark.parametrize(
    ("done", "code", "words"),
    [
        (
            ("seat-03", "seat-04"),
            0,
            "Removed: seat-03, seat-04. Next: make health CLASS=july.yml.\n",
        ),
        (
            ("seat-03",),
            1,
            "Then retry just those: make provision N=2 SEATS=seat-04 CLASS=july.yml\n",
        ),
    ],
)
def test_a_run_that_only_removes_seats_says_which_are_gone_and_not_that_all_are(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    done: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    plan = reconcile(wanted(2), built(wanted(4))).only(frozenset({"seat-03", "seat-04"}))
    events = tmp_path / "events.jsonl"
    events.write_text("".join(json.dumps(seat_event(seat, "done")) + "\n" for seat in done))
    state = StateFolder(tmp_path, "temporal")
    said = verdict(ClassFile(seats=2), plan, Images({}), events, state, file=JULY, everything=False)
    assert said == code
    assert capsys.readouterr().out.endswith(words)


@pytest.mark.parametrize("everything", [True, False])
def test_only_a_run_about_all_seats_is_kept_as_the_last_proof(
    tmp_path: Path, everything: bool
) -> None:
    plan = reconcile(wanted(2), built(wanted(2)))
    events, state = tmp_path / "events.jsonl", StateFolder(tmp_path, "temporal")
    state.ensure()
    some = plan if everything else plan.only(frozenset({"seat-02"}))
    verdict(ClassFile(seats=2), some, Images({}), events, state, file=JULY, everything=everything)
    assert state.health.exists() == everything


@pytest.mark.parametrize("rendered", ["services: {ingress: {}, grafana: {}}", "services: {a: {}}"])
def test_a_class_grafana_that_was_asked_for_has_a_verdict(tmp_path: Path, rendered: str) -> None:
    plan = reconcile(wanted(2), built(wanted(2)))
    events, state = tmp_path / "events.jsonl", StateFolder(tmp_path, "temporal")
    state.ensure()
    state.rendered("ingress").write_text(rendered)
    verdict(ClassFile(seats=2), plan, Images({}), events, state, file=JULY, everything=True)
    found = json.loads(state.health.read_text())["grafana"]
    assert (found["state"] if found else None) == ("unknown" if "grafana" in rendered else None)


def test_a_front_door_that_came_up_is_for_health_to_prove() -> None:
    code, said = of_the_door_alone({"ingress": {"state": "done"}})
    assert (code, "make health" in said) == (0, True)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({}, "ended before it was up\n  -> make provision SEATS=ingress"),
        (
            {"ingress": {"state": "failed", "msg": "port 80 is taken", "remedy": "free it"}},
            "port 80 is taken\n  -> free it",
        ),
    ],
)
def test_one_that_did_not_is_a_failure_with_its_remedy(
    ended: dict[str, dict[str, Any]], words: str
) -> None:
    code, said = of_the_door_alone(ended)
    assert (code, words in said) == (1, True)


def test_who_has_to_come_in_once_more_is_said() -> None:
    seats = [f"seat-{n:02d}" for n in range(1, 71)]
    (said,) = readmitted("july", [{"event": "prove"}, {"event": "readmitted", "seats": seats}])
    assert "seat-01..seat-70" in said
    assert "cards/july/cards.csv" in said


def test_a_grafana_that_nobody_wants_is_not_missed() -> None:
    seats = [Seat("seat-01", "s01.localhost"), Seat("seat-02", "s02.localhost", ("temporal",))]
    assert without_grafana(GrafanaPolicy.AUTO, seats) == "not provisioned in 1 of 2 seats"
    assert without_grafana(GrafanaPolicy.AUTO, seats[:1]) == ""
    assert without_grafana(GrafanaPolicy.OFF, seats) == ""


def test_what_is_wrong_with_a_seat_is_mended_by_commands_about_its_class_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = reconcile(wanted(2), built(wanted(2)))
    events, state = tmp_path / "events.jsonl", StateFolder(tmp_path, "temporal")
    state.ensure()
    code = verdict(ClassFile(seats=2), plan, Images({}), events, state, file=JULY, everything=True)
    document = json.loads(state.health.read_text())
    assert code == 1
    fix = document["seats"]["seat-02"]["temporal"]["fix"]
    assert fix == "make provision SEATS=seat-02 CLASS=july.yml"
    assert "SEATS=seat-01,seat-02 CLASS=july.yml" in " ".join(capsys.readouterr().out.split())
