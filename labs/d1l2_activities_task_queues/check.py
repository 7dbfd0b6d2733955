"""What histories prove about Activities & Task Queues."""

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of
from labkit.checking.history import who

RUN = "lab run D1L2"
ACTIVITY = "send_confirmation"


def _completed(run: Run) -> Event | None:
    """Return the first completion of the e-mail activity."""
    ends = run.all("ActivityTaskCompleted")
    return next((e for e in ends if name_of(_scheduled(run, e)) == ACTIVITY), None)


def _scheduled(run: Run, end: Event) -> Event:
    return run.about(end, "scheduledEventId")


def _no_activity(run: Run) -> Verdict:
    if waiting := in_progress(run):
        return waiting
    if run.running and not run.first("WorkflowTaskCompleted"):
        return not_yet("no worker has taken it up.", attempt="`lab worker D1L2 orders`", near=1)
    if scheduled := run.first("ActivityTaskScheduled"):
        return not_yet(
            "its activity did not complete.",
            attempt=f"reading its failure in the Temporal UI, then `{RUN}`.",
            event=scheduled,
        )
    return not_yet(
        "it asked for no activity.",
        attempt=f"TODO 1 and 2; then restart the worker, and `{RUN}`.",
    )


def sends(run: Run) -> Verdict:
    """The workflow decides, an activity acts."""
    if end := _completed(run):
        return done(f"an activity, {ACTIVITY}, was asked for and completed.", end)
    return _no_activity(run)


def routes(run: Run) -> Verdict:
    """The activity went to other workers than the workflow."""
    end = _completed(run)
    if not end:
        return _no_activity(run)
    queue = _scheduled(run, end).facts["taskQueue"]["name"]
    if queue == run.task_queue:
        return not_yet(
            f"its activity went to {queue}, the queue of the workflow itself.",
            attempt="`task_queue=Queue.EMAIL` in TODO 2, and an e-mail worker on it.",
            near=2,
            event=end,
        )
    if who(end) == who(run.about(_scheduled(run, end), "workflowTaskCompletedEventId")):
        return not_yet(
            "one process did both, the workflow and its activity.",
            attempt="a worker process for each: `lab worker D1L2 orders`, `lab worker D1L2 email`.",
            near=2,
            event=end,
        )
    return done(f"the activity went over {queue} to a worker of its own.", end)


def retries(run: Run) -> Verdict:
    """An attempt failed, and Temporal made the next one."""
    end = _completed(run)
    if not end:
        return _no_activity(run)
    started = run.about(end, "startedEventId")
    attempt = int(started.facts["attempt"])
    if attempt > 1:
        why = started.facts["lastFailure"]["message"]
        return done(f'attempt {attempt} completed; the one before died of "{why}".', started)
    return not_yet(
        "its activity completed at the first attempt.",
        attempt=f"TODO 4; then restart the e-mail worker, and `{RUN} --dropped-lines 2`.",
        near=2,
        event=started,
    )


GOALS = (
    Goal("activity", "A workflow has its e-mail sent by an activity.", sends, RUN),
    Goal("routing", "The activity goes to a worker of its own, by its task queue.", routes, RUN),
    Goal(
        "retry",
        "An attempt fails, and Temporal makes the next one.",
        retries,
        f"{RUN} --dropped-lines 2",
    ),
)
