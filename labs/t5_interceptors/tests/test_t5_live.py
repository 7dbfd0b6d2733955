"""Interceptors, played: a number that goes from a client to an activity, and is no input."""

from __future__ import annotations

import base64
import json
import re

from labkit.checking.history import Event, events_from_json, inputs
from labkit.render import lab_file
from tests.stage import Stage
from tests.workspace import SEAT, until

LAB = "T5"


def order_of(said: str) -> str:
    (found,) = re.findall(r"^Started {2}(\S+)", said, re.MULTILINE)
    return str(found)


def headers(stage: Stage, order: str) -> list[tuple[str, str]]:
    """Return the request in the header of each event that has a header at all."""
    shown = json.loads(stage.sh(f"temporal workflow show -w {order} -o json"))
    with_header = [event for event in events_from_json(shown) if "header" in event.facts]
    for event in with_header:
        assert "R-47" not in json.dumps(inputs(event)), "it is beside the input, not in it"
    return [(event.kind, request(event)) for event in with_header]


def request(event: Event) -> str:
    fields = event.facts["header"].get("fields", {})
    return str(json.loads(base64.b64decode(fields["request"]["data"]))) if fields else ""


def typed(stage: Stage, words: str) -> str:
    guide = lab_file(stage.lab, "guide.md", SEAT, solution=False)
    (found,) = [c for c in re.findall(r"^\$ (.*)$", guide, re.MULTILINE) if words in c]
    return str(found)


def test_a_header_goes_from_a_client_through_a_workflow_into_its_activities(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    said = stage.run("--request R-4711")
    order = order_of(said)
    log = stage.wait_for(worker, f"{order} is shipped")
    assert stage.missing_in_guide(said + log) == []
    assert headers(stage, order) == [
        ("WorkflowExecutionStarted", "R-4711"),
        ("ActivityTaskScheduled", "R-4711"),
        ("ActivityTaskScheduled", "R-4711"),
    ]
    shown = stage.sh(typed(stage, "workflow show").replace("order-5e81b0", order))
    assert stage.missing_in_guide(shown) == []
    counted = stage.sh(typed(stage, "curl"))
    labels = re.findall(r"^shop_attempts\{(.*)\} 1$", counted, re.MULTILINE)
    assert len(labels) == 2, "one for each activity"
    assert all('for_a_request="yes"' in label for label in labels)


def test_each_request_has_its_own_number_however_many_there_are_at_once(stage: Stage) -> None:
    stage.install()
    worker = stage.worker()
    numbers = [f"R-47{number}" for number in range(20, 24)]
    logs = [stage.begin(f"lab run T5 --request {number}") for number in numbers]
    for number, log in zip(numbers, logs, strict=True):
        order = order_of(stage.wait_for(log, "Result"))
        assert {found for _, found in headers(stage, order)} == {number}
        told = [line for line in stage.log(worker).splitlines() if order in line]
        assert len(told) == 3
        assert all(f"[{number}] " in line for line in told), told


def test_without_an_interceptor_it_comes_as_far_as_the_history(stage: Stage) -> None:
    stage.install()
    worker = stage.worker("--plain")
    order = order_of(stage.run("--request R-4712"))
    log = stage.wait_for(worker, f"{order} is shipped")
    assert stage.missing_in_guide(log) == []
    assert "R-4712" not in log
    assert headers(stage, order) == [
        ("WorkflowExecutionStarted", "R-4712"),
        ("ActivityTaskScheduled", ""),
        ("ActivityTaskScheduled", ""),
    ]


def test_after_a_replay_it_is_the_same_number(stage: Stage) -> None:
    stage.install()
    stage.edit(
        "workflows.py",
        lambda source: source.replace(
            "        await workflow.execute_activity(ship",
            "        await workflow.sleep(3)\n        await workflow.execute_activity(ship",
        ),
    )
    worker = stage.worker()
    log = stage.begin("lab run T5 --request R-4713")
    until(lambda: "is charged" in stage.log(worker), "charged", lambda: stage.log(worker))
    stage.kill()
    again = stage.worker()
    order = order_of(stage.wait_for(log, "Result"))
    assert f"[R-4713] activity: {order} is shipped" in stage.log(again)
    assert {found for _, found in headers(stage, order)} == {"R-4713"}
