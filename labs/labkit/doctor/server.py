"""Troubles of the server's, or of what it is given."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.doctor.facts import Facts
from labkit.doctor.troubles import Trouble, of

CROWD = 1_000
LONG = 10_000
"""Events from which on the server warns of a history; it ends the workflow at 51,200."""


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
    """A workflow writes events without an end."""
    for execution in facts.executions:
        if execution.running and execution.length >= LONG:
            yield of(
                execution,
                "long_history",
                f"has more than {LONG:,} events in its history, and the server ends it at 51,200.",
                "`temporal workflow terminate -w {id}`, if that is a loop of yours. A workflow "
                "that has to go on for ever hands over to a new run: "
                "`workflow.continue_as_new(…)`.",
            )
