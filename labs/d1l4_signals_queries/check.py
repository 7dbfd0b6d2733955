"""What histories prove about Signals & Queries.

A query leaves no trace in them. So its goal asks for what was done with the answer: an approval
that brings it along.
"""

from difflib import get_close_matches

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.history import inputs

RUN = "lab run D1L4"
SIGNAL, UPDATE = "receive_approval", "change_email"
SEND = f'temporal workflow signal -w ORDER --name {SIGNAL} --input \'{{"approver": "grace"}}\''


def _name(signaled: Event) -> str:
    return str(signaled.facts["signalName"])


def approved(run: Run) -> Verdict:
    """A signal came while a timer ran, and the workflow waited no longer."""
    timer = run.first("TimerStarted")
    signal = next(
        (event for event in run.all("WorkflowExecutionSignaled") if _name(event) == SIGNAL), None
    )
    canceled = run.first("TimerCanceled", after=signal.id) if signal else None
    if timer and signal and canceled and timer.id < signal.id:
        return done("the signal came in the middle of the timer, which was canceled.", canceled)
    if signal and not canceled:
        return _unheard(run, signal)
    if other := run.first("WorkflowExecutionSignaled"):
        return _misnamed(other)
    if not timer:
        return not_yet(
            "it did not wait.", attempt=f"TODO 1 and 2; then restart the worker, and `{RUN}`."
        )
    if run.running:
        return not_yet("it waits for its signal now.", attempt=f"`{SEND}`", near=2, event=timer)
    return not_yet("no signal came in time.", attempt=f"`{RUN}`, then `{SEND}`", near=1)


def _unheard(run: Run, signal: Event) -> Verdict:
    if failed := run.first("WorkflowTaskFailed", after=signal.id):
        why = failed.facts.get("failure", {}).get("message", "unknown")
        return not_yet(
            f"its worker cannot handle the signal: {why}.",
            attempt="`temporal workflow terminate -w ORDER`, and a new order.",
            near=4,
            event=failed,
        )
    if run.running:
        return not_yet(
            "the signal is there, and the workflow waits on.",
            attempt="looking whether a worker runs, and whether its code has TODO 1.",
            near=3,
            event=signal,
        )
    if not run.first("TimerStarted"):
        return not_yet(
            "the signal was there before it began to wait.",
            attempt=f"`{RUN}`, and the signal while it waits.",
            near=1,
            event=signal,
        )
    return not_yet(
        "the signal came, and nobody listened.",
        attempt=f"TODO 1 and 2; then restart the worker, and `{RUN}`.",
        near=1,
        event=signal,
    )


def _misnamed(signal: Event) -> Verdict:
    meant = get_close_matches(_name(signal), [SIGNAL])
    hint = f", which is not {SIGNAL}" if meant else ""
    return not_yet(
        f"a signal {_name(signal)} came{hint}; the server takes any name.",
        attempt=f"`{SEND}`",
        near=3,
        event=signal,
    )


def patient(run: Run) -> Verdict:
    """Nobody signaled, and the timer decided."""
    fired, signal = run.first("TimerFired"), run.first("WorkflowExecutionSignaled")
    if fired and not signal and not run.running:
        return done("nobody signaled, and its timer decided.", fired)
    if run.running:
        return not_yet(
            "it still waits.", attempt="leaving it alone until its time is over.", near=1
        )
    return not_yet("its timer did not fire.", attempt=f"`{RUN} --seconds 5`, and no signal.")


def asked(run: Run) -> Verdict:
    """Somebody asked before they approved: what the query answered came along with the signal."""
    ask = f"TODO 3, a new worker, `{RUN}`, and while it waits `{RUN} --ask ORDER`"
    approvals = [event for event in run.all("WorkflowExecutionSignaled") if _name(event) == SIGNAL]
    for approval in approvals:
        if _seen(approval):
            return done("its approval brings along what the query had answered.", approval)
    if approvals:
        because = "it was approved, and its approver had not asked how it is."
        return not_yet(because, attempt=ask, near=1, event=approvals[0])
    return not_yet(
        "nobody asked it and approved it then.", attempt=ask, near=2 if run.running else 0
    )


def _seen(approval: Event) -> str:
    """Return what an order had said to whom approved it; empty if nobody asked."""
    brought = next(iter(inputs(approval)), None)
    return str(brought.get("seen") or "") if isinstance(brought, dict) else ""


def updated(run: Run) -> Verdict:
    """An update was accepted, changed something and answered."""
    completed = run.first("WorkflowExecutionUpdateCompleted")
    if completed and "success" in completed.facts.get("outcome", {}):
        return done("an update was accepted, and its answer is in the history.", completed)
    return not_yet(
        "no update was accepted in it. One that its validator refuses leaves no event.",
        attempt=f"`{RUN}`, then the update of step 4.",
    )


GOALS = (
    Goal("signal", "An approval arrives in the middle of the timer, and ends it.", approved, RUN),
    Goal("timeout", "Nobody approves, and the timer decides.", patient, f"{RUN} --seconds 5"),
    Goal("query", "Somebody asks an order how it is, and approves it then.", asked, RUN),
    Goal("update", "An update changes an order that waits, and answers.", updated, RUN),
)
