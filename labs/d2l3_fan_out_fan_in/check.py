"""What histories prove about Fan-Out / Fan-In."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from labkit.checking import Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress
from labkit.checking.history import inputs

RUN = "lab run D2L3"
ENDS = ("ActivityTaskCompleted", "ActivityTaskFailed", "ActivityTaskTimedOut")
MANY = 3
"""Fewer jobs than that are no fan-out."""
PAUSE_S = 0.2
"""Longer than a server takes to hand out the next job if nothing holds it back."""


@dataclass(frozen=True)
class Processed:
    """A job that completed: when it was asked for, began and was over, and what it took."""

    asked: datetime
    began: datetime
    over: datetime
    attempt: int
    seconds: float


def _processed(run: Run) -> list[Processed]:
    """Return an order's jobs that completed, in the order in which they began.

    A job's start is written into the history only when the job is over, with the time at which it
    was; so it is times that count here, and not the numbers of events.
    """
    jobs = []
    for end in run.all("ActivityTaskCompleted"):
        asked, began = run.about(end, "scheduledEventId"), run.about(end, "startedEventId")
        told = [job for job in inputs(asked) if isinstance(job, dict)]
        seconds = sum(float(job.get("seconds", 0)) for job in told)
        attempt = int(began.facts["attempt"])
        jobs.append(Processed(asked.at, began.at, end.at, attempt, seconds))
    return sorted(jobs, key=lambda job: job.began)


def _in_work(run: Run) -> Verdict | None:
    """Say where its jobs stand, if there is anybody left who waits for them."""
    return in_progress(run) if run.running else None


def _no_jobs(run: Run) -> Verdict:
    if run.running and not run.first("WorkflowTaskCompleted"):
        return not_yet("no worker has taken it up.", attempt="`lab worker D2L3`", near=1)
    return not_yet(
        "it asked for no job.", attempt=f"TODO 1 and 2; then restart the worker, and `{RUN}`."
    )


def fans_out(run: Run) -> Verdict:
    """One step of the workflow asks for many jobs."""
    asked = list(run.all("ActivityTaskScheduled"))
    if not asked:
        return _no_jobs(run)
    steps = Counter(str(event.facts["workflowTaskCompletedEventId"]) for event in asked)
    step, most = steps.most_common(1)[0]
    if most >= MANY:
        return done(f"it asked for {most} jobs in one step.", run.events[int(step) - 1])
    return not_yet(
        f"it asked for {len(asked)} jobs one after the other.",
        attempt=f"`workflow.start_activity` in TODO 2, without `await`; then `{RUN}`.",
        near=1,
        event=asked[-1],
    )


def goes_parallel(run: Run) -> Verdict:
    """Many jobs took less time than they would have taken one after the other."""
    jobs = _processed(run)
    if len(jobs) < MANY:
        return _in_work(run) or _no_jobs(run)
    work = sum(job.seconds for job in jobs)
    took = (max(job.over for job in jobs) - min(job.asked for job in jobs)).total_seconds()
    said = f"{work:.1f} s of work took {took:.1f} s."
    last = list(run.all("ActivityTaskCompleted"))[-1]
    if took * 2 < work:
        return done(said, last)
    return not_yet(
        said, attempt=f"`lab worker D2L3`, with its ten threads, and `{RUN}`.", near=1, event=last
    )


def fans_in(run: Run) -> Verdict:
    """The workflow completed, and not before each of its jobs was over."""
    asked, over = list(run.all("ActivityTaskScheduled")), list(run.all(*ENDS))
    end = run.first("WorkflowExecutionCompleted")
    if len(asked) < MANY:
        return _no_jobs(run)
    if not end:
        return _in_work(run) or not_yet("it did not complete.", attempt=f"`{RUN}`", near=1)
    if len(over) == len(asked):
        return done(f"all of its {len(asked)} jobs were over when it completed.", end)
    return not_yet(
        f"it completed when {len(over)} of its {len(asked)} jobs were over.",
        attempt=f"`asyncio.gather` of all jobs in TODO 3; then restart the worker, and `{RUN}`.",
        near=2,
        event=end,
    )


def keeps_the_others(run: Run) -> Verdict:
    """A job failed for good, and the others' work was not lost."""
    again = f"then restart the worker, and `{RUN} --missing`."
    failed = run.first("ActivityTaskFailed")
    if not failed:
        return _in_work(run) or not_yet(
            "none of its jobs failed for good.", attempt=f"`{RUN} --missing`"
        )
    if run.first("WorkflowExecutionFailed"):
        return not_yet(
            "one of its jobs failed, and all of it with that.",
            attempt=f"TODO 4; {again}",
            near=2,
            event=failed,
        )
    others = len(_processed(run))
    end = run.first("WorkflowExecutionCompleted")
    if end and others >= MANY:
        return done(f"one of its jobs failed, and {others} others counted.", end)
    return _in_work(run) or not_yet(
        f"one of its jobs failed, and only {others} others counted.",
        attempt=f"TODO 4; {again}",
        near=1,
        event=failed,
    )


def keeps_a_pace(run: Run) -> Verdict:
    """Jobs waited although nobody was busy: the server let them through at a pace.

    A worker without room makes jobs wait as well, but then it is busy.
    """
    run_it = f"`lab worker D2L3 --per-second 2` and `{RUN} --seconds 0.1`"
    jobs = [job for job in _processed(run) if job.attempt == 1]
    held = sum(_was_held(jobs[:n], job) for n, job in enumerate(jobs) if n)
    if held >= MANY:
        last = list(run.all("ActivityTaskCompleted"))[-1]
        return done(f"{held} times a job had to wait while no other was in work.", last)
    if len(jobs) < MANY:
        return _in_work(run) or _no_jobs(run)
    return not_yet(
        "its jobs began as soon as a worker had room for them.",
        attempt=f"TODO 5; then {run_it}.",
        near=1,
    )


def _was_held(before: list[Processed], job: Processed) -> bool:
    idle_since = max(other.over for other in before)
    return job.asked < idle_since and (job.began - idle_since).total_seconds() > PAUSE_S


GOALS = (
    Goal("fanout", "An order asks for all of its jobs in one step.", fans_out, RUN),
    Goal("parallel", "Its jobs are done side by side.", goes_parallel, RUN),
    Goal("fanin", "It goes on when all of them are over.", fans_in, RUN),
    Goal(
        "partial",
        "One job fails for good, and the others count.",
        keeps_the_others,
        f"{RUN} --missing",
    ),
    Goal(
        "pace",
        "The server hands out jobs at a pace, however much room there is.",
        keeps_a_pace,
        f"{RUN} --seconds 0.1",
    ),
)
