"""What the class Prometheus is told to read, and what seats work out for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboards import totals
from dashboards.promql import SERVER, WORKER, total
from tests.unit.test_plan import wanted

from classroom.plan.desired import Stack
from portal.access import FEDERATION

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "metrics.md").read_text()
FEDERATED = ROOT / "prometheus" / "federated.rules.yml"
RULES = ROOT / "prometheus" / "class.rules.yml"


def configured(stack: Stack, component: str) -> dict[str, str | None]:
    """Return path -> content of a component's files; None for a secret."""
    (service,) = [s for s in stack.services if s.component == component]
    return {file.path: file.content for file in service.files}


def ours(seats: int = 2) -> dict[str, Any]:
    text = configured(wanted(seats).stacks["ingress"], "prometheus")["prometheus.yml"]
    assert text is not None
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(FEDERATED.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_it_stays_as_it_is_whatever_seats_there_are() -> None:
    few, many = (wanted(n).stacks["ingress"] for n in (1, 70))
    assert few == many


def test_it_goes_through_the_ingress_with_its_key_in_a_file() -> None:
    inner = "http://temporal-ingress:8002"
    key = {"credentials_file": "/etc/prometheus/metrics-key"}
    jobs = {job["job_name"]: job for job in ours()["scrape_configs"]}
    assert set(jobs) == {"classroom", "seats"}
    for way in (*jobs.values(), *jobs["seats"]["http_sd_configs"]):
        assert (way["proxy_url"], way["authorization"]) == (inner, key)
    assert jobs["seats"]["metrics_path"] == FEDERATION
    files = configured(wanted().stacks["ingress"], "prometheus")
    assert files["metrics-key"] is None, "no plan has a key in it"


def test_whose_series_they_are_is_not_for_the_seat_to_say() -> None:
    (job,) = [j for j in ours()["scrape_configs"] if j["job_name"] == "seats"]
    assert job["honor_labels"] is False
    assert job["honor_timestamps"] is False, "a seat that is silent has no figures at once"
    assert job["sample_limit"] >= 2 * len(rules())


def test_a_seat_is_a_handful_of_series_and_each_is_read() -> None:
    (job,) = [j for j in ours()["scrape_configs"] if j["job_name"] == "seats"]
    assert job["params"] == {"match[]": ['{__name__=~"seat:.+"}']}
    assert 10 <= len(rules()) <= 16
    assert all(rule["record"].startswith("seat:") for rule in rules())
    names = [(rule["record"], str(rule.get("labels"))) for rule in rules()]
    assert len(set(names)) == len(names)


def test_it_concludes_by_the_rules_of_the_class() -> None:
    assert ours()["rule_files"] == [f"/opt/classroom/rules/{RULES.name}"]
    assert RULES.is_file()


def test_every_alert_says_what_to_do() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    alerts = [rule for rule in group["rules"] if "alert" in rule]
    assert len(alerts) == 15
    for alert in alerts:
        assert alert["annotations"].keys() == {"summary", "runbook"}, alert["alert"]
        assert alert["labels"]["severity"] in {"page", "ticket"}
    _, _, section = DOCS.partition("### The instructor's alerts\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [alert["alert"] for alert in alerts]


def test_what_a_seat_tells_is_documented() -> None:
    for rule in rules():
        assert f"`{rule['record']}`" in DOCS
        assert rule.get("labels", {}).get("outcome", "outcome") in DOCS


@pytest.mark.parametrize(
    ("record", "outcome", "expression"),
    [
        ("workflows_started:total", "", totals.workflows_started()),
        ("workflows_ended:total", "completed", totals.workflows_completed()),
        ("workflows_ended:total", "failed", totals.workflows_failed()),
        ("workflows_ended:total", "timed out", totals.workflows_timed_out()),
        ("workflows_ended:total", "canceled", totals.workflows_canceled()),
        ("workflows_ended:total", "terminated", totals.workflows_terminated()),
        ("workflows_ended:total", "continued as new", totals.workflows_continued()),
        ("activities_retried:total", "", totals.activities_retried()),
        ("workflow_tasks_failed:total", "", total("failed_workflow_tasks", SERVER)),
        ("pollers:sum", "", total('temporal_num_pollers{job="worker"}', WORKER)),
    ],
)
def test_a_total_is_that_of_the_seats_own_dashboards(
    record: str, outcome: str, expression: str
) -> None:
    (rule,) = [
        rule
        for rule in rules()
        if (rule["record"], rule.get("labels", {}).get("outcome", ""))
        == (f"seat:{record}", outcome)
    ]
    assert " ".join(rule["expr"].split()) == expression
