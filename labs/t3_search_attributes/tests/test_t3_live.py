"""Search attributes, played: orders that are found by whose they are, and how far."""

from __future__ import annotations

import json
import re

from labkit.checking.history import events_from_json
from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T3"
# What each of the guide's queries finds, while the lamp and the shelf are not in stock.
FOUND = {
    'Customer = "ada" AND Stage = "unpaid"': {"pen", "desk"},
    'Stage = "backordered"': {"lamp", "shelf"},
    "Cents > 20000": {"desk", "chair"},
    'Customer IN ("ada", "grace") AND Cents BETWEEN 10000 AND 20000': {"lamp", "shelf"},
}


def guide(stage: Stage) -> str:
    return lab_file(stage.lab, "guide.md", SEAT, solution=False)


def found(stage: Stage, query: str) -> set[str]:
    """Return the things whose orders a query finds."""
    listed = json.loads(stage.sh(f"temporal workflow list -o json --query '{query}'"))
    return {execution["execution"]["workflowId"].split("-")[2] for execution in listed}


def finds(stage: Stage, query: str, things: set[str]) -> None:
    """Wait until the index has it: it is written after the event."""
    until(lambda: found(stage, query) == things, query, lambda: found(stage, query))


def with_attributes(stage: Stage) -> str:
    """Make the attributes as the guide does, place the orders, and return their number."""
    (create,) = re.findall(r"^\$ (temporal operator .*)$", guide(stage), re.MULTILINE)
    assert stage.missing_in_guide(stage.sh(create)) == []
    said = ""

    def placed() -> bool:
        nonlocal said
        said = stage.sh("lab run T3", expect=None)
        return "See them" in said

    until(placed, "the server knows the attributes", lambda: said)
    assert stage.missing_in_guide(said) == []
    (number,) = re.findall(r"order-([0-9a-f]{6})-pen", said)
    return str(number)


def test_a_query_finds_just_the_right_ones(stage: Stage) -> None:
    stage.install()
    stage.worker()
    number = with_attributes(stage)
    asked = re.findall(r"list --query '(.*)'$", guide(stage), re.MULTILINE)
    assert asked == list(FOUND)
    for query, things in FOUND.items():
        finds(stage, query, things)
    counted = stage.sh("temporal workflow count --query 'Customer = \"ada\"'")
    assert counted.split() == ["Total:", "3"]

    lamp = f"order-{number}-lamp"
    shown = json.loads(stage.sh(f"temporal workflow show -w {lamp} -o json"))
    began, *later = events_from_json(shown)
    assert set(began.facts["searchAttributes"]["indexedFields"]) == {"Customer", "Cents"}
    written = [event for event in later if event.kind == "UpsertWorkflowSearchAttributes"]
    assert [set(e.facts["searchAttributes"]["indexedFields"]) for e in written] == [{"Stage"}]

    (signal,) = re.findall(r"^\$ (temporal workflow signal -w .*)$", guide(stage), re.MULTILINE)
    told = stage.sh(re.sub(r"order-[0-9a-f]{6}", f"order-{number}", signal))
    assert stage.missing_in_guide(told) == []
    finds(stage, 'Stage = "backordered"', {"shelf"})
    finds(stage, 'Customer = "ada" AND Stage = "unpaid"', {"pen", "desk", "lamp"})

    (batch,) = re.findall(r"^\$ (temporal workflow signal --query .*)$", guide(stage), re.MULTILINE)
    stage.sh(batch)
    finds(stage, 'Stage = "backordered"', set())
    finds(stage, 'Stage = "unpaid"', {"pen", "desk", "lamp", "chair", "shelf"})


def test_what_the_server_does_not_know_is_refused(stage: Stage) -> None:
    stage.install()
    said = stage.run(expect=1)
    said = said.replace(stage.namespace, SEAT.namespace)
    said = re.sub(r"attribute (Customer|Cents)$", "attribute Cents", said, flags=re.MULTILINE)
    assert stage.missing_in_guide(said) == []
    listed = json.loads(stage.sh("temporal workflow list -o json"))
    assert listed == []
