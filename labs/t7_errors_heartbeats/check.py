"""What histories prove about Errors, Heartbeats and Cancellation."""

from typing import Any

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of
from labkit.checking.history import result

RUN = "lab run T7"
RESTART = "restart the worker, and"
STOLEN = f"{RUN} --card stolen"
KILL = f"`{RUN}`, `lab kill` after a few items, `lab worker T7`"
CANCEL = f"`{RUN}`, then `temporal workflow cancel -w ORDER`"
ENDS = (
    "ActivityTaskCompleted",
    "ActivityTaskFailed",
    "ActivityTaskTimedOut",
    "ActivityTaskCanceled",
)


def _end(run: Run, activity: str, *kinds: str) -> Event | None:
    """Return how an activity ended."""
    ends = run.all(*(kinds or ENDS))
    return next((e for e in ends if name_of(run.about(e, "scheduledEventId")) == activity), None)


def hopeless(run: Run) -> Verdict:
    """A refused card is not tried again."""
    failed = _end(run, "charge", "ActivityTaskFailed")
    if not failed:
        trouble = next((p for p in run.pending if p.kind == "charge" and p.attempt > 1), None)
        if trouble:
            return not_yet(
                f"its card was refused, and attempt {trouble.attempt} is on its way.",
                attempt=f"TODO 1; then {RESTART} `{STOLEN}`.",
                near=1,
            )
        return not_yet("its card was not refused.", attempt=f"`{STOLEN}`.")
    attempt = int(run.about(failed, "startedEventId").facts["attempt"])
    state = str(failed.facts.get("retryState", ""))
    if attempt == 1 and state.endswith("NON_RETRYABLE_FAILURE"):
        return done("its card was refused at attempt 1, and Temporal made no second.", failed)
    return not_yet(
        f"its card was refused {attempt} times.",
        attempt=f"`non_retryable_error_types` in TODO 1; then {RESTART} `{STOLEN}`.",
        near=2,
        event=failed,
    )


def expected(run: Run) -> Verdict:
    """A refusal is a result."""
    failed = _end(run, "charge", "ActivityTaskFailed")
    if not failed:
        return not_yet("its card was not refused for good.", attempt=f"TODO 1; then `{STOLEN}`.")
    end = run.first("WorkflowExecutionCompleted", after=failed.id)
    if end:
        return done("its card was refused, and that was a result like any other.", end)
    return not_yet(
        f"its card was refused, and it {run.status.lower()} with that.",
        attempt=f"TODO 2; then {RESTART} `{STOLEN}`.",
        near=1,
        event=failed,
    )


def _second_packing(run: Run) -> tuple[Event, Event] | None:
    """Return the last attempt's start and the end of a packing that took more than one."""
    end = _end(run, "pack")
    if not end or "startedEventId" not in end.facts:
        return None
    started = run.about(end, "startedEventId")
    return (started, end) if int(started.facts["attempt"]) > 1 else None


def _no_second_packing(run: Run) -> Verdict:
    return in_progress(run) or not_yet("it was packed in one go.", attempt=f"{KILL}.")


def noticed(run: Run) -> Verdict:
    """A worker's death is noticed by the silence."""
    found = _second_packing(run)
    if not found:
        return _no_second_packing(run)
    started, _ = found
    failure: dict[str, Any] = started.facts.get("lastFailure", {})
    kind = str(failure.get("timeoutFailureInfo", {}).get("timeoutType", ""))
    attempt = started.facts["attempt"]
    if kind.endswith("HEARTBEAT"):
        return done(f"its heart stood still, and attempt {attempt} began.", started)
    return not_yet(
        f"attempt {attempt} did not begin for want of a heartbeat.",
        attempt=f"TODO 3 and 4; then {RESTART} {KILL}.",
        near=1,
        event=started,
    )


def resumed(run: Run) -> Verdict:
    """The next attempt goes on where the one before had got to."""
    found = _second_packing(run)
    if not found:
        return _no_second_packing(run)
    started, end = found
    packed = result(end)
    began_with = packed.get("began_with", 1) if isinstance(packed, dict) else 1
    if int(began_with) > 1:
        return done(f"its last attempt began with item {began_with}.", end)
    return not_yet(
        "its last attempt began with item 1 again.",
        attempt=f"`heartbeat(item)`, and `heartbeat_details` in TODO 3; then {RESTART} {KILL}.",
        near=1,
        event=started,
    )


def waited(run: Run) -> Verdict:
    """A cancellation reaches the activity, and the workflow waits until that has tidied up."""
    request = run.first("WorkflowExecutionCancelRequested")
    if not request:
        return not_yet("nobody canceled it.", attempt=f"{CANCEL}.")
    end = _end(run, "pack")
    # On a slow day the packing hears of it while an order that did not wait is being refunded.
    went_on = run.first("ActivityTaskScheduled", after=request.id)
    waits = not went_on or (end is not None and end.id < went_on.id)
    if end and end.kind == "ActivityTaskCanceled" and end.id > request.id and waits:
        return done("its packing was canceled, and was waited for.", end)
    if not end and run.running and waits:
        return not_yet(
            "it was canceled, and is waiting for the packing to hear of it.",
            attempt=f"TODO 3 and 4, if that takes long; then {RESTART} {CANCEL}.",
            near=2,
            event=request,
        )
    return not_yet(
        "it was canceled, and went on without waiting for the packing to stop.",
        attempt=f"TODO 5; then {RESTART} {CANCEL}.",
        near=1,
        event=request,
    )


def refunded(run: Run) -> Verdict:
    """What was paid goes back, and the order is canceled all the same."""
    request = run.first("WorkflowExecutionCancelRequested")
    if not request:
        return not_yet("nobody canceled it.", attempt=f"{CANCEL}.")
    back = _end(run, "refund", "ActivityTaskCompleted")
    if not back:
        going_on = in_progress(run) if run.running else None
        return going_on or not_yet(
            "it was canceled, and nobody asked for the refund.",
            attempt=f"TODO 6; then {RESTART} {CANCEL}.",
            near=1,
            event=request,
        )
    if run.status == "Canceled":
        return done("it was canceled, and refunded before it ended.", back)
    return not_yet(
        f"it was refunded, and yet it is not canceled: {run.status}.",
        attempt=f"`raise` at the end of TODO 6; then {RESTART} {CANCEL}.",
        near=2,
        event=back,
    )


GOALS = (
    Goal("hopeless", "A refused card is tried once.", hopeless, STOLEN),
    Goal("expected", "A refusal is a result, and no failure.", expected, STOLEN),
    Goal("noticed", "A dead worker is noticed by its silence.", noticed, RUN),
    Goal("resumed", "Another one goes on where it had got to.", resumed, RUN),
    Goal("waited", "A canceled order ends when it is unpacked, not before.", waited, RUN),
    Goal("refunded", "A canceled order is refunded.", refunded, RUN),
)
