"""What histories prove about Resilience & Durable Timers."""

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of
from labkit.checking.restart import restarted

RUN = "lab run D1L3"
ATTEMPTS = 3
EXHAUSTED = "RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED"


def _charge(run: Run) -> Event | None:
    """Return where an order asked for its payment."""
    asked = run.all("ActivityTaskScheduled")
    return next((event for event in asked if name_of(event) == "charge"), None)


def _end(run: Run, scheduled: Event, *kinds: str) -> Event | None:
    ends = run.all(*kinds)
    return next((end for end in ends if run.about(end, "scheduledEventId") == scheduled), None)


def limits(run: Run) -> Verdict:
    """The payment has a retry policy with three attempts."""
    charge = _charge(run)
    if not charge:
        return not_yet("it asked for no payment.", attempt=f"`lab worker D1L3` and `{RUN}`.")
    most = int(charge.facts.get("retryPolicy", {}).get("maximumAttempts", 0))
    if most == ATTEMPTS:
        return done("its payment may be tried three times.", charge)
    said = f"{most} times" if most else "without an end"
    return not_yet(
        f"its payment may be tried {said}.",
        attempt=f"TODO 1, `maximum_attempts=3`; then restart the worker, and `{RUN}`.",
        near=1,
        event=charge,
    )


def recovers(run: Run) -> Verdict:
    """A later attempt succeeded."""
    charge = _charge(run)
    end = _end(run, charge, "ActivityTaskCompleted") if charge else None
    if not end:
        return in_progress(run) or not_yet("it was not paid.", attempt=f"`{RUN}` again.")
    started = run.about(end, "startedEventId")
    attempt = int(started.facts["attempt"])
    if attempt > 1:
        return done(f"it was paid at attempt {attempt}.", started)
    return not_yet(
        "it was paid at the first attempt.",
        attempt=f"TODO 2; then restart the worker, and `{RUN}`: twenty orders, some luck.",
        near=1,
        event=end,
    )


def gives_up(run: Run) -> Verdict:
    """All three attempts failed, and the order with them."""
    charge = _charge(run)
    end = _end(run, charge, "ActivityTaskFailed") if charge else None
    if not end:
        return in_progress(run) or not_yet(
            "its payment did not fail for good.",
            attempt=f"`{RUN}` again: one order in eight loses all three tries.",
        )
    attempt = int(run.about(end, "startedEventId").facts["attempt"])
    if end.facts.get("retryState") == EXHAUSTED and attempt == ATTEMPTS:
        return done("its three attempts failed, and Temporal made no fourth.", end)
    return not_yet(
        f"its payment failed for good at attempt {attempt}.",
        attempt=f"`maximum_attempts=3` in TODO 1; then restart the worker, and `{RUN}`.",
        near=1,
        event=end,
    )


def survives(run: Run) -> Verdict:
    """The pause before the reminder outlives the worker."""
    if run.kind != "OrderWorkflow":
        return not_yet("it is none of the orders.", attempt=f"`{RUN} --orders 1 --seconds 60`")
    return restarted(run, lab="D1L3", run_it=f"{RUN} --orders 1 --seconds 60")


def attempt_times_out(run: Run) -> Verdict:
    """A start-to-close timeout ends an attempt, and the retry policy counts it."""
    case = f"`{RUN} --case attempt`"
    end = run.first("ActivityTaskTimedOut")
    if not end:
        return in_progress(run) or not_yet("no attempt timed out in it.", attempt=case)
    attempt = int(run.about(end, "startedEventId").facts["attempt"])
    if end.facts.get("retryState") == EXHAUSTED and attempt > 1:
        return done(f"its {attempt} attempts timed out one after the other.", end)
    return not_yet("an attempt timed out, and there was no other.", attempt=case, near=1, event=end)


def order_times_out(run: Run) -> Verdict:
    """An execution timeout ends the whole workflow, timers and all."""
    timer, end = run.first("TimerStarted"), run.first("WorkflowExecutionTimedOut")
    if timer and end:
        return done("the server ended it in the middle of its timer, no code was asked.", end)
    return not_yet(
        "it was not ended by an execution timeout.", attempt=f"`{RUN} --case order`, and wait 5 s."
    )


GOALS = (
    Goal("limit", "A payment may be tried three times.", limits, RUN),
    Goal("retry", "An order is paid at its second or third attempt.", recovers, RUN),
    Goal("exhausted", "An order loses all three, and Temporal makes no fourth.", gives_up, RUN),
    Goal(
        "restart",
        "A worker dies in the pause, and another one sends the reminder.",
        survives,
        f"{RUN} --orders 1 --seconds 60",
    ),
    Goal(
        "attempt_timeout",
        "Attempts that take too long are ended and made again.",
        attempt_times_out,
        f"{RUN} --case attempt",
    ),
    Goal(
        "order_timeout",
        "A workflow that takes too long is ended, in the middle of its timer.",
        order_times_out,
        f"{RUN} --case order",
    ),
)
