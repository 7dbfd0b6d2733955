"""Troubles of the server's, or of what it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.doctor.facts import Execution, Facts
from labkit.doctor.troubles import Trouble, of

CROWD = 1_000
LONG, LONG_MB = 10_000, 10
"""Events, and megabytes, from which on the server warns of a history."""
LIMIT, LIMIT_MB = 51_200, 50
"""What a history may have at most: the server ends a workflow there."""
MB = 1_000_000
AT_THE_LIMIT = re.compile(r"Workflow history (size|count) exceeds limit")
"""The server's reason when it does so."""


def unreachable(facts: Facts) -> Iterator[Trouble]:
    """The server does not answer, or not to us."""
    if facts.server:
        yield Trouble(
            "unreachable",
            f"Your Temporal server at {facts.address}",
            f"is of no use now: {facts.server}",
            "again in a few seconds. If it stays away, tell your instructor; your files and "
            "your workflows are safe.",
        )


def crowd(facts: Facts) -> Iterator[Trouble]:
    """A loop started more workflows than anybody meant to."""
    if facts.running >= CROWD:
        yield Trouble(
            "crowd",
            f"{facts.running:,} workflows",
            f"are running, more than anybody reads; the newest {facts.looked_at} were looked at.",
            "ending them all, if a loop of yours started them: "
            "`temporal workflow terminate --query 'ExecutionStatus=\"Running\"' --yes`",
        )


def long_history(facts: Facts) -> Iterator[Trouble]:
    """A workflow writes events without an end, or large ones."""
    for execution in facts.executions:
        if not execution.running:
            continue
        if execution.length >= LONG:
            yield _long(execution, f"more than {LONG:,} events", f"{LIMIT:,}")
        elif execution.size >= LONG_MB * MB:
            yield _long(execution, f"more than {LONG_MB} MB", f"{LIMIT_MB}")


def _long(execution: Execution, what: str, limit: str) -> Trouble:
    return of(
        execution,
        "long_history",
        f"has {what} in its history, and the server ends it at {limit}.",
        "`temporal workflow terminate -w {id}`, if that is a loop of yours. A workflow "
        "that has to go on for ever hands over to a new run, `workflow.continue_as_new(…)`; "
        "what is large belongs elsewhere, with its address in the workflow.",
    )


def ended_at_the_limit(facts: Facts) -> Iterator[Trouble]:
    """The server has ended a workflow whose history was as long as it may be."""
    for execution in facts.executions:
        end = execution.tail[-1] if execution.tail and not execution.running else None
        if end and AT_THE_LIMIT.match(str(end.facts.get("reason", ""))):
            yield of(
                execution,
                "ended_at_the_limit",
                "was ended by the server: its history was as long as one may be, "
                f"{LIMIT:,} events or {LIMIT_MB} MB.",
                "a new run before that comes, `workflow.continue_as_new(…)`, and an end for "
                "every loop; what is large belongs elsewhere, with its address in the workflow.",
            )
