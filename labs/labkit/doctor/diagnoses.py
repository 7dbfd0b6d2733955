"""All that the doctor recognises, what stops most people first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from labkit.doctor import activities, code, messages, server, tasks, workers
from labkit.doctor.facts import Facts
from labkit.doctor.troubles import Trouble

Diagnosis = Callable[[Facts], Iterator[Trouble]]

DIAGNOSES: tuple[Diagnosis, ...] = (
    server.unreachable,
    code.syntax_error,
    code.no_executor,
    workers.failed_start,
    workers.nobody_listens,
    workers.wrong_queue,
    workers.older_than_file,
    workers.two_builds,
    tasks.sandbox,
    tasks.activity_without_timeout,
    tasks.workflow_not_registered,
    tasks.uses_a_coroutine,
    tasks.nondeterminism,
    tasks.blocks,
    tasks.plain_exception,
    messages.wedged_handler,
    messages.unknown_signal,
    activities.activity_not_registered,
    activities.retries_for_ever,
    code.blocking_call,
    workers.frozen,
    tasks.unexplained,
    code.missing_await,
    code.id_in_use,
    server.long_history,
    server.ended_at_the_limit,
    server.crowd,
)

FROM_OUTSIDE: tuple[Diagnosis, ...] = (
    workers.nobody_listens,
    workers.wrong_queue,
    tasks.sandbox,
    tasks.activity_without_timeout,
    tasks.workflow_not_registered,
    tasks.uses_a_coroutine,
    tasks.nondeterminism,
    tasks.blocks,
    tasks.plain_exception,
    messages.wedged_handler,
    tasks.unexplained,
)
"""Those that stop a workflow, and need neither the attendee's files nor their processes."""


def troubles(facts: Facts, diagnoses: Sequence[Diagnosis] = DIAGNOSES) -> Iterator[Trouble]:
    """Yield what is recognised, in the order in which it should be mended."""
    for diagnosis in diagnoses:
        yield from diagnosis(facts)
