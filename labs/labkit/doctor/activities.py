"""Activities that fail and are tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from labkit.doctor.facts import Facts
from labkit.doctor.troubles import Trouble, of

MANY = 4
"""Attempts after which one has waited long enough to wonder."""

UNREGISTERED = re.compile(
    r"Activity function (?P<kind>\S+) .*is not registered on this worker, "
    r"(no available activities|available activities: (?P<known>.*))"
)


def activity_not_registered(facts: Facts) -> Iterator[Trouble]:
    """The worker that takes the attempt does not know the activity."""
    for execution in facts.executions:
        for activity in execution.pending:
            found = activity.failure and UNREGISTERED.search(activity.failure.message)
            if not found:
                continue
            known = [name for name in (found["known"] or "").rstrip(".").split(", ") if name]
            near = get_close_matches(activity.kind, known, n=1)
            meant = f"{near[0]}, if that is what you mean. Otherwise " if near else ""
            yield of(
                execution,
                "activity_not_registered",
                f"does not get on: the worker on {activity.queue} does not know an activity "
                f"{activity.kind}, only {', '.join(known) or 'workflows'}.",
                f"{meant}adding it to `activities=[…]` of the worker on that queue, and "
                "restarting it.",
            )


def retries_for_ever(facts: Facts) -> Iterator[Trouble]:
    """An activity fails, and nothing says when to give up."""
    for execution in facts.executions:
        for activity in execution.pending:
            failure = activity.failure
            if not failure or activity.most or activity.attempt < MANY:
                continue
            if UNREGISTERED.search(failure.message):
                continue
            where = f" at {failure.place}" if failure.place else ""
            yield of(
                execution,
                "retries_for_ever",
                f"does not get on: its activity {activity.kind} fails{where}: {failure}. "
                "It is tried again without an end.",
                "mending the activity and restarting its worker: the next attempt meets the new "
                "code. Or saying when to give up: `retry_policy=RetryPolicy(maximum_attempts=3)`.",
            )
