"""What histories prove about the Saga Pattern & What to Avoid."""

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of

RUN = "lab run D2L4"
RESTART = "restart the worker, and"
OPPOSITES = {"reserve": "release", "charge": "refund", "book_courier": "cancel_courier"}


def _name(run: Run, end: Event) -> str:
    """Return which activity an event ends."""
    return name_of(run.about(end, "scheduledEventId"))


def _failed_step(run: Run, kind: str) -> Event | None:
    """Return the first end of this kind that a step of the order came to."""
    return next((end for end in run.all(kind) if _name(run, end) in OPPOSITES), None)


def _completed(run: Run, names: set[str], after: int = 0) -> list[str]:
    """Return which of these activities completed, in order of time."""
    ends = (end for end in run.all("ActivityTaskCompleted") if end.id > after)
    return [name for name in (_name(run, end) for end in ends) if name in names]


def _to_undo(run: Run) -> list[str]:
    """Return what undoes the steps that were done, the last first."""
    return [OPPOSITES[step] for step in reversed(_completed(run, set(OPPOSITES)))]


def forward(run: Run) -> Verdict:
    """An outage is waited out, and nothing is undone for it."""
    command = f"`{RUN} --trouble down`"
    booked = next(
        (e for e in run.all("ActivityTaskCompleted") if _name(run, e) == "book_courier"), None
    )
    if not booked:
        given_up = _failed_step(run, "ActivityTaskFailed")
        if given_up and _name(run, given_up) == "book_courier":
            attempt = run.about(given_up, "startedEventId").facts["attempt"]
            return not_yet(
                f"its courier was given up at attempt {attempt}.",
                attempt=f"{command}, with as many attempts as it takes, which is the default.",
                near=1,
                event=given_up,
            )
        return in_progress(run) or not_yet("no courier was booked for it.", attempt=command)
    started = run.about(booked, "startedEventId")
    attempt = int(started.facts["attempt"])
    if attempt > 1:
        return done(f"its courier was booked at attempt {attempt}, nothing was undone.", started)
    return not_yet("its courier was booked at once.", attempt=command, near=2, event=booked)


def undone(run: Run) -> Verdict:
    """A step is refused for good, and those before it are undone, the last first."""
    command = f"`{RUN} --trouble refused`"
    refused = _failed_step(run, "ActivityTaskFailed")
    if not refused:
        return in_progress(run) or not_yet("none of its steps was refused.", attempt=command)
    expected = _to_undo(run)
    if not expected:
        return not_yet(
            f"{_name(run, refused)} was refused before anything was done.",
            attempt=f"the steps in the order of the lab, and {command}.",
            event=refused,
        )
    undoing = _completed(run, set(expected), after=refused.id)
    if undoing == expected:
        return done(f"{_name(run, refused)} was refused: {', '.join(expected)}.", refused)
    if sorted(undoing) == sorted(expected):
        return not_yet(
            f"it was undone in the wrong order: {', '.join(undoing)}.",
            attempt=f"`reversed` in TODO 2; then {RESTART} {command}.",
            near=2,
            event=refused,
        )
    missing = ", ".join(name for name in expected if name not in undoing)
    return in_progress(run) or not_yet(
        f"{_name(run, refused)} was refused, and nobody asked for: {missing}.",
        attempt=f"TODO 1 and 2; then {RESTART} {command}.",
        near=1,
        event=refused,
    )


def doubtful(run: Run) -> Verdict:
    """Nobody knows whether a step was done, and it is undone as well."""
    command = f"`{RUN} --trouble lost`"
    late = _failed_step(run, "ActivityTaskTimedOut")
    if not late:
        return in_progress(run) or not_yet("none of its steps ran out of time.", attempt=command)
    step = _name(run, late)
    if _completed(run, {OPPOSITES[step]}, after=late.id):
        return done(f"{step} ran out of time, and {OPPOSITES[step]} made sure.", late)
    return in_progress(run) or not_yet(
        f"{step} ran out of time, and nobody asked for {OPPOSITES[step]}.",
        attempt=f"TODO 3 in the place of TODO 1; then {RESTART} {command}.",
        near=1,
        event=late,
    )


def canceled(run: Run) -> Verdict:
    """A canceled order is undone."""
    command = f"`{RUN} --seconds 60`, then `temporal workflow cancel -w ORDER`"
    request = run.first("WorkflowExecutionCancelRequested")
    if not request:
        return not_yet("nobody canceled it.", attempt=f"{command}.")
    expected = _to_undo(run)
    if not expected:
        return not_yet("it was canceled before anything was done.", attempt=f"{command}.", near=1)
    undoing = _completed(run, set(expected), after=request.id)
    missing = [name for name in expected if name not in undoing]
    if not missing:
        return done(f"it was canceled: {', '.join(undoing)}.", request)
    return in_progress(run) or not_yet(
        f"it was canceled, and nobody asked for: {', '.join(missing)}.",
        attempt=f"TODO 4; then {RESTART} {command}.",
        near=2,
        event=request,
    )


GOALS = (
    Goal("forward", "An outage is waited out.", forward, f"{RUN} --trouble down"),
    Goal(
        "undone",
        "After a refusal, what was done is undone, the last first.",
        undone,
        f"{RUN} --trouble refused",
    ),
    Goal(
        "doubtful",
        "What may have been done is undone as well.",
        doubtful,
        f"{RUN} --trouble lost",
    ),
    Goal("canceled", "A canceled order is undone.", canceled, f"{RUN} --seconds 60"),
)
