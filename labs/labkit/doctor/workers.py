"""Troubles of workers: none, the wrong one, an old one, two at odds, one that does not come up."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from difflib import get_close_matches

from labkit.doctor.facts import Execution, Facts, Kind
from labkit.doctor.sources import Source, decorated
from labkit.doctor.troubles import Trouble, of
from labkit.running import RunningWorker

WORKFLOW, ACTIVITY = "workflow.defn", "activity.defn"
NO_EXECUTOR = "activity_executor must be present"
FROZEN = "TIMEOUT_TYPE_START_TO_CLOSE"


def nobody_listens(facts: Facts) -> Iterator[Trouble]:
    """Something waits on a queue that no worker polls for it."""
    polled = sorted({worker.queue for worker in facts.workers if worker.queue})
    for execution in facts.executions:
        for queue, kind, what in _waiting(execution):
            listens = facts.listens(queue, kind)
            if not listens and queue not in polled and not _slip(queue, facts):
                now = f" Workers listen on {', '.join(polled)}." if polled else ""
                yield of(
                    execution,
                    "nobody_listens",
                    f"{what} on the queue {queue}, and nobody listens there.{now}",
                    f"`lab worker {_lab_of(queue)}`. Nothing is lost: it goes on as soon as a "
                    "worker is there.",
                )


def wrong_queue(facts: Facts) -> Iterator[Trouble]:
    """Something waits on a queue that is not the one that a worker polls for such things."""
    polled = {worker.queue for worker in facts.workers}
    for execution in facts.executions:
        for queue, kind, what in _waiting(execution):
            if facts.listens(queue, kind):
                continue
            if queue in polled:
                yield of(
                    execution,
                    "wrong_queue",
                    f"{what} on the queue {queue}, and the worker there runs no {kind}.",
                    f"`task_queue=` with the queue of a worker that does; or `{kind}=[…]` for "
                    "this worker, in worker.py.",
                )
            elif near := _slip(queue, facts):
                yield of(
                    execution,
                    "wrong_queue",
                    f"{what} on the queue {queue}, and nobody listens there. "
                    f"A worker listens on {near}.",
                    "writing one name in both places. A workflow's queue is in starter.py, an "
                    "activity's in workflows.py, a worker's in worker.py.",
                )


def _slip(queue: str, facts: Facts) -> str:
    """Return the queue that this one is a slip of the pen for; those of another lab are none."""
    polled = sorted({worker.queue for worker in facts.workers})
    lab = queue.partition("_")[0]
    if lab in facts.labs or any(s.folder.startswith(f"{lab}_") for s in facts.sources):
        polled = [other for other in polled if other.startswith(f"{lab}_")]
    return next(iter(get_close_matches(queue, polled, n=1, cutoff=0.8)), "")


def _waiting(execution: Execution) -> Iterator[tuple[str, Kind, str]]:
    """Yield the queues on which something of a workflow's waits, and what it is."""
    if not execution.running:
        return
    if execution.waits_s > 0:
        yield execution.queue, "workflows", "waits"
    for activity in execution.pending:
        if not activity.running:
            yield activity.queue, "activities", f"waits: its activity {activity.kind} is"


def _lab_of(queue: str) -> str:
    """Return the lab that a queue belongs to, by the rule that its name begins with it."""
    lab, _, rest = queue.partition("_")
    return lab.upper() if rest else "LAB"


def older_than_file(facts: Facts) -> Iterator[Trouble]:
    """A worker began with code that has been saved anew since.

    The sandbox imports the workflows' file for each workflow that it begins or replays, so there
    the worker is half new; everything else it imported once.
    """
    for worker in facts.workers:
        changed = [
            source
            for source in facts.sources
            if source.folder == worker.folder
            and _runs(worker, source)
            and worker.sources.get(source.name, source.digest) != source.digest
        ]
        fixed = sorted(source.name for source in changed if not _defines(source, WORKFLOW))
        if fixed:
            half = f"and goes on with {_and(fixed)} as of then."
        else:
            half = "so some workflows get the new code from it, others the old."
        if changed:
            yield Trouble(
                "older_than_file",
                f"The {worker.lab} worker, process {worker.pid},",
                f"was started before you saved {_and(sorted(s.name for s in changed))}, {half}",
                f"Ctrl-C in its terminal, and `{worker.command}` again.",
            )


def _runs(worker: RunningWorker, source: Source) -> bool:
    """Whether a file matters to a worker: one that runs no activities only imports their names."""
    workflows, activities = _defines(source, WORKFLOW), _defines(source, ACTIVITY)
    either = workflows or activities
    return not either or (workflows and worker.workflows) or (activities and worker.activities)


def _defines(source: Source, decorator: str) -> bool:
    return any(decorated(node, decorator) for node in ast.walk(source.tree))


def two_builds(facts: Facts) -> Iterator[Trouble]:
    """Two workers share a queue and run different code."""
    for queue, workers in _by_queue(facts).items():
        at_odds = [
            {one.pid, other.pid}
            for one, other in itertools.combinations(workers, 2)
            if _differ(one, other)
        ]
        if at_odds:
            pids = sorted(set().union(*at_odds))
            yield Trouble(
                "two_builds",
                f"The queue {queue}",
                f"has workers that run different code, processes {_and(pids)}: "
                "each task may meet either.",
                f"`lab kill`, which ends them all, then `{workers[-1].command}` once.",
            )


def _by_queue(facts: Facts) -> dict[str, list[RunningWorker]]:
    queues: dict[str, list[RunningWorker]] = {}
    for worker in facts.workers:
        if worker.queue:
            queues.setdefault(worker.queue, []).append(worker)
    return queues


def _differ(one: RunningWorker, other: RunningWorker) -> bool:
    both = one.sources.keys() & other.sources.keys()
    return any(one.sources[name] != other.sources[name] for name in both)


def failed_start(facts: Facts) -> Iterator[Trouble]:
    """A worker ended before it polled, and its files are as they were then."""
    for crash in facts.crashes:
        files = [source for source in facts.sources if source.folder == crash.folder]
        mended = any(source.changed.timestamp() > crash.at for source in files)
        said_elsewhere = NO_EXECUTOR in crash.error or any(source.error for source in files)
        if not mended and not said_elsewhere:
            yield Trouble(
                "failed_start",
                f"The last worker of {crash.folder}",
                f"did not come up{f' ({crash.place})' if crash.place else ''}: {crash.error}",
                "mending that, and starting it again.",
            )


def frozen(facts: Facts) -> Iterator[Trouble]:
    """A worker that is alive took a task, and gave no answer in time."""
    alive = {worker.identity: worker for worker in facts.workers}
    for execution in facts.executions:
        ended = execution.stumbled
        if ended is None or ended.facts.get("timeoutType") != FROZEN:
            continue
        taken = str(ended.facts.get("startedEventId"))
        started = next((event for event in execution.tail if str(event.id) == taken), None)
        worker = alive.get(str(started.facts.get("identity"))) if started else None
        if worker:
            yield of(
                execution,
                "frozen",
                f"was taken by the {worker.lab} worker, process {worker.pid}, which gave no "
                "answer for 10 s: something blocks it.",
                "looking for a call that blocks in an `async def` activity, such as "
                "`time.sleep`. Until it is mended, `lab kill` and a new worker help.",
            )


def _and(names: list[str] | list[int]) -> str:
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
