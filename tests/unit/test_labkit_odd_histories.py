"""What attendees put into histories that no check expects: it confuses none, and proves nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.histories import LABS, names, reached, recorded

from labkit.checking.declared import goals_of
from labkit.checking.goals import Goal, State, Verdict, done, judge
from labkit.checking.history import Event, Run
from labkit.labs import all_labs, find_lab

ODD: tuple[object, ...] = ("x", 1, None, [], {})
GIVEN = ("input", "result")
CHECKED = [lab.id for lab in all_labs(LABS) if not lab.example]


def odd(event: Event, value: object) -> Event:
    """Return an event that was given something else, if it was given anything."""
    data = base64.b64encode(json.dumps(value).encode()).decode()
    encoding = base64.b64encode(b"json/plain").decode()
    payloads = {"payloads": [{"metadata": {"encoding": encoding}, "data": data}]}
    given = {name: payloads for name in GIVEN if name in event.facts}
    return replace(event, facts={**event.facts, **given})


def odd_ones(run: Run) -> Iterator[Run]:
    """Yield an execution with each input and result made odd, one at a time and all at once."""
    for value in ODD:
        yield replace(run, events=tuple(odd(event, value) for event in run.events))
        for n, event in enumerate(run.events):
            if any(name in event.facts for name in GIVEN):
                events = (*run.events[:n], odd(event, value), *run.events[n + 1 :])
                yield replace(run, events=events)


@pytest.mark.parametrize("lab", CHECKED)
def test_an_odd_input_confuses_no_check_and_proves_nothing(lab: str) -> None:
    goals = goals_of(find_lab(LABS, lab))
    for name in sorted(names(lab)):
        run = recorded(lab, name)
        proven = reached(lab, run)
        for made_odd in odd_ones(run):
            seen = {goal.id for goal in goals if goal.proof(made_odd).done}
            assert seen <= proven, f"{lab}, {name}: proven by an odd input: {seen - proven}"


def test_a_history_that_confuses_a_check_leaves_the_others_to_prove_the_goal() -> None:
    confusing, proving = recorded("D1L1", "starter"), recorded("D1L1", "survived")

    def proof(run: Run) -> Verdict:
        if run is confusing:
            raise AttributeError
        return done("it is so.", run.events[0])

    goal = Goal("so", "It is so.", proof, "it")
    assert judge(goal, [confusing, proving]).state is State.DONE
    alone = judge(goal, [confusing])
    assert alone.state is State.NOT_YET
    assert "the check does not understand its history (AttributeError)" in alone.because
