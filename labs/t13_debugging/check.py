"""What histories prove about Debugging: of each case, that it was understood, and goes on."""

import re
from collections.abc import Callable

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of
from labkit.checking.history import inputs, result

NIGHT = "lab run T13"
NOTE = "lab run T13 --note"
AGAIN = f"another night: end your worker, `{NIGHT}`, `lab worker T13`"
CAUSE = "WORKFLOW_TASK_FAILED_CAUSE_"
HEARD = ("arrived", "inspected", "note")


def _note(run: Run) -> tuple[Event, str] | None:
    """Return the last note that was pinned to an execution, and what it says."""
    pinned = [event for event in run.all("WorkflowExecutionSignaled") if _signal(event) == "note"]
    for event in reversed(pinned):
        for given in inputs(event)[:1]:
            if isinstance(given, dict):
                return event, str(given.get("finding", "")).strip()
    return None


def _signal(event: Event) -> str:
    return str(event.facts["signalName"])


def _asked_for(run: Run, activity: str, after: int = 0) -> Event | None:
    asked = run.all("ActivityTaskScheduled")
    return next((e for e in asked if e.id > after and name_of(e) == activity), None)


def _failed(run: Run, cause: str) -> Event | None:
    failed = run.all("WorkflowTaskFailed")
    return next((event for event in failed if event.facts.get("cause") == CAUSE + cause), None)


def about(kind: str, proof: Callable[[Run], Verdict]) -> Callable[[Run], Verdict]:
    """Return a proof that looks at the workflows of one type only."""

    def of_that_kind(run: Run) -> Verdict:
        if run.kind != kind:
            try_it = f"`{NIGHT}`, then `lab worker T13`."
            return not_yet(f"it is no {kind}.", attempt=try_it, near=-1)
        return proof(run)

    return of_that_kind


def order_found(run: Run) -> Verdict:
    """The note names the first event that the code of today would not have made."""
    if not _failed(run, "NON_DETERMINISTIC_ERROR"):
        return not_yet(
            "no replay of it has failed so far.",
            attempt=f"`lab worker T13`, and a look when its pause is over; or {AGAIN}.",
            near=1,
        )
    misfit, note = run.first("TimerStarted"), _note(run)
    if not note or not misfit:
        return not_yet(
            "its replay fails, and no note says why; a new one is there after ten seconds.",
            attempt=f"`{NOTE} ORDER NUMBER`, with the number of the event that does not fit.",
            near=2,
        )
    event, finding = note
    number = re.search(r"\d+", finding)
    if number and int(number[0]) == misfit.id:
        return done(f"the code of today would not have made event {misfit.id}.", event)
    named = [e for e in run.events if number and e.id == int(number[0])]
    what = f", which is a {named[0].kind}" if named else ""
    return not_yet(
        f"your note says “{finding}”{what}.",
        attempt="the message of its WorkflowTaskFailed, which names the event.",
        near=3,
        event=event,
    )


def order_mended(run: Run) -> Verdict:
    """The order is shipped, and its customer charged once."""
    reset = _failed(run, "RESET_WORKFLOW")
    if not reset and not _failed(run, "NON_DETERMINISTIC_ERROR"):
        return not_yet(
            "no replay of it has failed so far.", attempt=f"`lab worker T13`; or {AGAIN}."
        )
    if reset and (second := _asked_for(run, "charge", after=reset.id)):
        return not_yet(
            "it was sent back to before its charge, so its customer pays twice.",
            attempt=f"{AGAIN}; and a reset to the last event that still fits.",
            near=2,
            event=second,
        )
    shipped = run.first("WorkflowExecutionCompleted")
    if shipped:
        return done("it went on, was shipped, and was not charged again.", shipped)
    if run.running and reset:
        return not_yet("it goes on.", attempt="again in a moment.", near=3, event=reset)
    if run.running:
        return not_yet(
            "its replay fails, and will fail as often as it is tried.",
            attempt="`temporal workflow reset`, to the last event that still fits.",
            near=1,
        )
    return not_yet(f"it is over, and was not shipped: {run.status}.", attempt=f"{AGAIN}.")


def parcel_found(run: Run) -> Verdict:
    """The note has what the activity can't take."""
    value, note = _postcode(run), _note(run)
    if not note:
        return not_yet(
            "it has no note.",
            attempt=f"`{NOTE} PARCEL VALUE`, with the value that its activity can't take.",
            near=1,
        )
    event, finding = note
    if value and value in finding:
        return done(f"its activity can't take {value}, which has a letter in it.", event)
    close = value and value.replace("O", "0") in finding
    return not_yet(
        f"your note says “{finding}”{', and that is what it should be' if close else ''}.",
        attempt="copying the value from the last failure of its pending activity.",
        near=2,
        event=event,
    )


def _postcode(run: Run) -> str:
    parcel = next(iter(inputs(run.events[0])), None)
    return str(parcel.get("postcode", "")) if isinstance(parcel, dict) else ""


def parcel_mended(run: Run) -> Verdict:
    """The label has a postcode that exists."""
    over = run.first("WorkflowExecutionCompleted")
    if over:
        label = str(result(over))
        meant = _postcode(run).replace("O", "0")
        if meant and meant in label:
            return done(f"its label says “{label}”.", over)
        return not_yet(
            f"its label says “{label}”, and no such place exists.",
            attempt=f"TODO 1 as it stands; then {AGAIN}.",
            near=2,
            event=over,
        )
    if not run.running:
        return not_yet(f"it is over, and has no label: {run.status}.", attempt=f"{AGAIN}.")
    return in_progress(run) or not_yet("it has not begun.", attempt="`lab worker T13`.", near=1)


def return_found(run: Run) -> Verdict:
    """The note names the signal that nobody heard."""
    unheard, note = _unheard(run), _note(run)
    if not unheard:
        return not_yet("all its signals were heard.", attempt=f"{AGAIN}.")
    if not note:
        return not_yet(
            "it has no note.",
            attempt=f"`{NOTE} RETURN NAME`, with the name of the signal that nobody heard.",
            near=1,
        )
    event, finding = note
    words = re.findall(r"\w+", finding)
    if _signal(unheard) in words:
        return done(f"the signal {_signal(unheard)} came, and nobody heard it.", event)
    heard = next((name for name in HEARD if name in words), "")
    sent = heard in {_signal(signal) for signal in run.all("WorkflowExecutionSignaled")}
    because = f"your note says “{finding}”"
    if heard:
        because += ", and that one was heard" if sent else ", and that one never came"
    return not_yet(
        f"{because}.",
        attempt="comparing the signals of its history with those that it knows.",
        near=2,
        event=event,
    )


def _unheard(run: Run) -> Event | None:
    signals = run.all("WorkflowExecutionSignaled")
    return next((event for event in signals if _signal(event) not in HEARD), None)


def return_mended(run: Run) -> Verdict:
    """The customer has the money back, by the workflow's own hand."""
    over = run.first("WorkflowExecutionCompleted")
    if over and _asked_for(run, "refund"):
        return done("it waited no longer, and was refunded.", over)
    if not run.running:
        return not_yet(f"it is over, and nobody was refunded: {run.status}.", attempt=f"{AGAIN}.")
    return not_yet(
        "it waits.",
        attempt="`temporal workflow stack`, which says for what, and sending it that.",
        near=1,
    )


GOALS = (
    Goal(
        "order_found",
        "You know which event of the order the code of today does not fit.",
        about("OrderWorkflow", order_found),
        NIGHT,
    ),
    Goal(
        "order_mended",
        "The order is shipped, and its customer charged once.",
        about("OrderWorkflow", order_mended),
        NIGHT,
    ),
    Goal(
        "parcel_found",
        "You know what the label's activity can't take.",
        about("ParcelWorkflow", parcel_found),
        NIGHT,
    ),
    Goal(
        "parcel_mended",
        "The parcel has a label with a postcode that exists.",
        about("ParcelWorkflow", parcel_mended),
        NIGHT,
    ),
    Goal(
        "return_found",
        "You know which signal of the return nobody heard.",
        about("ReturnWorkflow", return_found),
        NIGHT,
    ),
    Goal(
        "return_mended",
        "The return goes on, and is refunded.",
        about("ReturnWorkflow", return_mended),
        NIGHT,
    ),
)
