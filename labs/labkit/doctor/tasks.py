"""Workflow tasks that fail, are tried again, and fail: the workflow is running and stands still.

Whatever it is, mending the code and restarting the worker is enough in most cases: the server tries
again within ten seconds or so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from labkit.doctor.facts import Execution, Facts
from labkit.doctor.failures import Failure
from labkit.doctor.troubles import Trouble, of

AGAIN = "then restart the worker, and it goes on by itself within 15 seconds"
PUZZLING = 3
"""Attempts from which on a workflow is stuck, whatever the reason."""
NONDETERMINISM = "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"
SANDBOX = re.compile(r"Cannot access (?P<name>[\w.]+?)(\.__call__)? from inside a workflow")
UNREGISTERED = re.compile(
    r"Workflow class (?P<kind>\S+) is not registered on this worker, "
    r"available workflows: (?P<known>.*)"
)
NO_TIMEOUT = "Activity must have start_to_close_timeout or schedule_to_close_timeout"
DEADLOCK = "[TMPRL1101]"
SAFE = {
    "uuid.": "workflow.uuid4()",
    "random.": "workflow.random()",
    "time.sleep": "await workflow.sleep(…)",
    "time.": "workflow.time()",
    "datetime.": "workflow.now()",
}
"""What a workflow may use instead, by how the name begins that it may not."""


def _is_nondeterminism(failure: Failure) -> bool:
    return failure.cause == NONDETERMINISM


def _is_sandbox(failure: Failure) -> bool:
    return failure.kind == "RestrictedWorkflowAccessError"


def _is_no_timeout(failure: Failure) -> bool:
    return NO_TIMEOUT in failure.message


def _is_unregistered(failure: Failure) -> bool:
    return bool(UNREGISTERED.search(failure.message))


def _is_deadlock(failure: Failure) -> bool:
    return DEADLOCK in failure.message


def _is_coroutine(failure: Failure) -> bool:
    return failure.kind in {"TypeError", "AttributeError"} and "coroutine" in failure.message


def is_handlers(failure: Failure) -> bool:
    """Whether it happened in a signal's handler, by the SDK's name for running one."""
    return "run_signal" in failure.functions


KNOWN = (
    _is_nondeterminism,
    _is_sandbox,
    _is_no_timeout,
    _is_unregistered,
    _is_deadlock,
    _is_coroutine,
    is_handlers,
)


def stuck(
    facts: Facts, recognise: Callable[[Failure], bool]
) -> Iterator[tuple[Execution, Failure, str]]:
    """Yield stuck workflows that one way of recognising fits first, why, and how to say where."""
    for execution in facts.executions:
        failure = execution.stuck_on
        if failure and next((known for known in KNOWN if known(failure)), None) is recognise:
            yield execution, failure, f" at {failure.place}" if failure.place else ""


def nondeterminism(facts: Facts) -> Iterator[Trouble]:
    """A replay asks for something else than the history has."""
    for execution, failure, _ in stuck(facts, _is_nondeterminism):
        yield of(
            execution,
            "nondeterminism",
            "is stuck: on a replay your code asks for something else than its history has. "
            f"{failure.message.partition('Nondeterminism error: ')[2] or failure.message}",
            "bringing the code back that it began with, and a new worker. Or keep the new code, "
            "and begin this one anew: "
            "`temporal workflow reset --type FirstWorkflowTask -w {id} --reason repaired`",
        )


def sandbox(facts: Facts) -> Iterator[Trouble]:
    """A workflow uses what would be different on a replay."""
    for execution, failure, where in stuck(facts, _is_sandbox):
        found = SANDBOX.search(failure.message)
        name = found["name"] if found else "something"
        safe = next((safe for start, safe in SAFE.items() if name.startswith(start)), "")
        instead = f"`{safe}` in its place" if safe else "doing that in an activity"
        yield of(
            execution,
            "sandbox",
            f"is stuck{where}: a workflow may not use {name}, since a replay would get "
            "something else from it.",
            f"{instead}; {AGAIN}.",
        )


def activity_without_timeout(facts: Facts) -> Iterator[Trouble]:
    """An activity is called without saying how long it may take."""
    for execution, _, where in stuck(facts, _is_no_timeout):
        yield of(
            execution,
            "activity_without_timeout",
            f"is stuck{where}: it calls an activity without a timeout.",
            f"`start_to_close_timeout=timedelta(seconds=10)` in that call; {AGAIN}.",
        )


def workflow_not_registered(facts: Facts) -> Iterator[Trouble]:
    """The worker that takes the task does not know the workflow."""
    for execution, failure, _ in stuck(facts, _is_unregistered):
        found = UNREGISTERED.search(failure.message)
        known = found["known"].split(", ") if found else []
        near = get_close_matches(execution.kind, known, n=1)
        meant = f"{near[0]} in the starter, if that is what you mean. Otherwise " if near else ""
        yield of(
            execution,
            "workflow_not_registered",
            f"is stuck: the worker on {execution.queue} does not know a workflow "
            f"{execution.kind}, only {', '.join(known)}.",
            f"{meant}adding it to `workflows=[…]` in worker.py; {AGAIN}.",
        )


def blocks(facts: Facts) -> Iterator[Trouble]:
    """A workflow keeps its worker's thread without an await."""
    for execution, _, _ in stuck(facts, _is_deadlock):
        yield of(
            execution,
            "blocks",
            "is stuck: its code ran for 2 s without reaching an `await`, and was stopped.",
            "a loop that ends, `await workflow.sleep(…)` for a pause, an activity for hard work; "
            f"{AGAIN}.",
        )


def uses_a_coroutine(facts: Facts) -> Iterator[Trouble]:
    """A workflow works with a call that it did not await."""
    for execution, failure, where in stuck(facts, _is_coroutine):
        yield of(
            execution,
            "missing_await",
            f"is stuck{where}: an `await` is missing, so it has a coroutine and no result. "
            f"{failure}",
            f"`await` before the call; {AGAIN}.",
        )


def plain_exception(facts: Facts) -> Iterator[Trouble]:
    """A workflow raises something that Temporal takes for a bug, and tries for ever."""
    for execution in facts.executions:
        failure = execution.stuck_on
        if failure is None or any(known(failure) for known in KNOWN):
            continue
        where = f" at {failure.place}" if failure.place else ""
        yield of(
            execution,
            "plain_exception",
            f"is stuck{where}: {failure}. Temporal takes that for a bug and tries again, for ever.",
            f"mending it; {AGAIN}. If the workflow shall fail, raise an `ApplicationError`.",
        )


def unexplained(facts: Facts) -> Iterator[Trouble]:
    """A workflow task is tried again and again, and the history does not say why."""
    alive = {worker.identity for worker in facts.workers}
    for execution in facts.executions:
        silent = execution.stuck_on is None and execution.attempt >= PUZZLING
        if silent and execution.running and alive and facts.listens(execution.queue, "workflows"):
            yield of(
                execution,
                "unexplained",
                "does not get on: one and the same workflow task is tried again and again.",
                "reading what its worker says in its terminal; the last lines tell why.",
            )
