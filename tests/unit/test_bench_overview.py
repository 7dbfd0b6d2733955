"""The simulated seats tell what real ones do: or what reads them would be measured wrongly."""

from __future__ import annotations

from pathlib import Path

import yaml
from bench import simulated
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.test_dashboards_class import told

ROOT = Path(__file__).resolve().parents[2]


def test_a_simulated_seat_has_the_series_of_a_real_one() -> None:
    (group,) = yaml.safe_load((ROOT / "prometheus" / "federated.rules.yml").read_text())["groups"]
    real = [(rule["record"], rule.get("labels", {})) for rule in group["rules"]]
    page = text_string_to_metric_families(simulated.told_by_a_seat())
    simulated_ones = [(one.name, one.labels) for family in page for one in family.samples]
    assert sorted(simulated_ones, key=repr) == sorted(real, key=repr)


def test_the_simulated_room_has_no_series_that_the_portal_has_not() -> None:
    seats = simulated.names(70)
    found = [one for metric in simulated.Room(seats).collect() for one in metric.samples]
    assert {one.name for one in found} <= told()
    states = [one.labels["seat"] for one in found if one.name == "classroom_seat_state"]
    assert set(states) == set(seats)
    # A state of each of five components of each seat, and of the four that there are once.
    assert sum(one.name == "classroom_component_state" for one in found) == (5 * 70 + 4) * 4
