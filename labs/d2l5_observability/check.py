"""What histories prove about Observability & Metrics, and what only metrics can tell."""

from collections.abc import Iterable
from datetime import datetime

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress
from labkit.checking.metrics import Sample, named

RUN = "lab run D2L5"
RESTART = "restart the worker"
PAID_AND_REFUSED = f"`{RUN} --orders 10` and `{RUN} --trouble refused`"
UNPOLLED_S = 10.0
"""Nobody's task waits as long for a worker that polls."""


def fails(run: Run) -> Verdict:
    """A refused order ends as failed, and with that counts as failed."""
    command = f"`{RUN} --trouble refused`"
    end = run.first("WorkflowExecutionFailed")
    if end and run.first("ActivityTaskFailed"):
        return done("it failed, and `workflow_failed` counts it.", end)
    return in_progress(run) or not_yet("it did not fail.", attempt=command)


def is_retried(run: Run) -> Verdict:
    """An order is paid at a later attempt: failures that no workflow metric shows."""
    command = f"`{RUN} --trouble down`"
    paid = run.first("ActivityTaskCompleted")
    if not paid:
        return in_progress(run) or not_yet("it was not paid.", attempt=command)
    started = run.about(paid, "startedEventId")
    attempt = int(started.facts["attempt"])
    if attempt > 1:
        return done(f"it was paid at attempt {attempt}: {attempt - 1} failures.", started)
    return not_yet("it was paid at its first attempt.", attempt=command, near=1, event=paid)


def times_out(run: Run) -> Verdict:
    """The server ends an order, and no worker hears of it."""
    end = run.first("WorkflowExecutionTimedOut")
    if end:
        return done("the server ended it, and `workflow_timeout` counts it.", end)
    return not_yet("it did not run out of time.", attempt=f"`{RUN} --seconds 60 --within 3`")


def waits_for_a_poller(run: Run) -> Verdict:
    """An order waits in its queue until somebody polls it."""
    attempt = f"end the worker, `{RUN}`, count to fifteen, and start the worker again."
    asked = run.first("WorkflowTaskScheduled")
    taken = run.first("WorkflowTaskStarted")
    if not asked or not taken:
        waited = _seconds(asked, run.read_at) if asked else 0
        return not_yet(
            f"it has been waiting for {waited:.0f} s, and nobody polls its queue.",
            attempt="after ten seconds and more, starting the worker.",
            near=2,
            event=asked,
        )
    waited = _seconds(asked, taken.at)
    if waited >= UNPOLLED_S:
        return done(f"its first task waited for {waited:.0f} s until somebody polled.", taken)
    return not_yet(f"its first task waited for {waited:.1f} s.", attempt=attempt, event=taken)


def _seconds(since: Event, until: datetime) -> float:
    return (until - since.at).total_seconds()


def is_counted(run: Run) -> Verdict:
    """A counter of the attendee's own tells orders by what became of them."""
    again = f"{RESTART}, then {PAID_AND_REFUSED}."
    if not run.metrics:
        return _nothing_measured(run)
    counted = named(run.metrics, "shop_orders")
    if not counted:
        because = "since it started, its worker has counted no `shop_orders`."
        return not_yet(because, attempt=f"TODO 1; {again}", near=1)
    if any("activity_type" in sample.labels for sample in counted):
        return not_yet(
            "`shop_orders` counts in an activity, which is once an attempt.",
            attempt=f"the workflow's meter in TODO 1; {again}",
            near=2,
        )
    outcomes = {
        outcome: _total(sample for sample in counted if sample.labels.get("outcome") == outcome)
        for outcome in ("paid", "refused")
    }
    if missing := [outcome for outcome, many in outcomes.items() if not many]:
        return not_yet(
            f"`shop_orders` has counted none whose `outcome` is {' or '.join(missing)}.",
            attempt=f"{PAID_AND_REFUSED}; without a label `outcome`, TODO 1.",
            near=3,
        )
    told = ", ".join(f"{many:.0f} {outcome}" for outcome, many in outcomes.items())
    return done(f"its worker has counted {told}.", run.events[-1])


def is_measured(run: Run) -> Verdict:
    """A histogram of the attendee's own knows each answer of the payment service."""
    again = f"{RESTART}, then {PAID_AND_REFUSED}."
    if not run.metrics:
        return _nothing_measured(run)
    if not named(run.metrics, "shop_payment_latency_bucket"):
        because = "since it started, its worker has measured no `shop_payment_latency`."
        if named(run.metrics, "shop_payment_latency"):
            because = "its worker has a `shop_payment_latency` without buckets."
        return not_yet(because, attempt=f"TODO 2; {again}", near=1)
    measured = _total(named(run.metrics, "shop_payment_latency_count"))
    attempts = _total(
        sample
        for sample in named(run.metrics, "temporal_activity_execution_latency_count")
        if sample.labels.get("activity_type") == "charge"
    )
    failed = _total(named(run.metrics, "temporal_activity_execution_failed"))
    if measured < attempts:
        return not_yet(
            f"it has measured {measured:.0f} of {attempts:.0f} attempts.",
            attempt=f"the bad answers as well, TODO 2 in the `finally`; {again}",
            near=3,
        )
    if not failed:
        return not_yet(
            f"all {attempts:.0f} answers that it measured were good ones.",
            attempt=f"`{RUN} --trouble refused`",
            near=2,
        )
    return done(f"it has measured {measured:.0f} answers, bad ones too.", run.events[-1])


def _total(samples: Iterable[Sample]) -> float:
    return sum(sample.value for sample in samples)


def _nothing_measured(run: Run) -> Verdict:
    return not_yet(
        f"no worker of {run.task_queue} serves metrics; what one knew died with it.",
        attempt=f"`lab worker D2L5`, then {PAID_AND_REFUSED}, and the check while it runs.",
    )


GOALS = (
    Goal("failed", "An order fails, and is counted as failed.", fails, f"{RUN} --trouble refused"),
    Goal(
        "retried",
        "An order fails twice and completes: only activities' metrics know.",
        is_retried,
        f"{RUN} --trouble down",
    ),
    Goal(
        "timed_out",
        "An order runs out of time: only the server's metrics know.",
        times_out,
        f"{RUN} --seconds 60 --within 3",
    ),
    Goal("waited", "An order waits because nobody polls.", waits_for_a_poller, RUN),
    Goal(
        "counter",
        "Your own counter tells paid from refused orders.",
        is_counted,
        RUN,
        measured=True,
    ),
    Goal("histogram", "Your own histogram has each answer in it.", is_measured, RUN, measured=True),
)
