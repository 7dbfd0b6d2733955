"""What histories prove about Worker Versioning."""

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import name_of

RUN = "lab run D2L2"
NONDETERMINISM = "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"
PATCH = "core_patch"
DEPLOY = "Ctrl-C and `lab worker D2L2`"


def _asked_for(run: Run, activity: str) -> Event | None:
    asked = run.all("ActivityTaskScheduled")
    return next((event for event in asked if name_of(event) == activity), None)


def _broke(run: Run) -> Event | None:
    """Return where a replay failed."""
    failed = run.all("WorkflowTaskFailed")
    return next((e for e in failed if e.facts.get("cause") == NONDETERMINISM), None)


def _code(run: Run, task: Event) -> str:
    """Return the build of the worker that had a workflow task."""
    started = run.about(task, "startedEventId")
    return str(started.facts.get("workerVersion", {}).get("buildId", ""))


def _began(run: Run) -> str:
    """Return the build that began an execution, empty if none has."""
    first = run.first("WorkflowTaskCompleted")
    return _code(run, first) if first else ""


def inherits(run: Run) -> Verdict:
    """An order on its way gets what was added to the end of the code."""
    receipt = _asked_for(run, "send_receipt")
    if not receipt:
        return not_yet(
            "it sent no receipt.",
            attempt=f"TODO 1; then `{RUN}`, and in its pause {DEPLOY}.",
        )
    if broke := _broke(run):
        return not_yet(
            "a replay of it failed.",
            attempt=f"a new order, and in its pause a change at the end only: TODO 1, {DEPLOY}.",
            event=broke,
        )
    code = _code(run, run.about(receipt, "workflowTaskCompletedEventId"))
    if code == _began(run):
        return not_yet(
            f"code {code} did all of it, receipt included.",
            attempt=f"an order that begins before TODO 1: `{RUN}`, and in its pause {DEPLOY}.",
            near=1,
            event=receipt,
        )
    return done(f"code {_began(run)} began it, and code {code} sent it a receipt.", receipt)


def breaks(run: Run) -> Verdict:
    """Other code than the order began with finds itself contradicted by the history."""
    broke = _broke(run)
    if not broke:
        return not_yet(
            "no replay of it failed.", attempt=f"TODO 2; then `{RUN}`, and in its pause {DEPLOY}."
        )
    code = _code(run, broke)
    if code == _began(run):
        return not_yet(
            f"its replay failed, and yet code {code} began it and failed: what changed?",
            attempt=f"TODO 2, so that the code itself changes; then {DEPLOY}.",
            near=1,
            event=broke,
        )
    why = broke.facts.get("failure", {}).get("message", "")
    return done(f"code {_began(run)} began it, and code {code} could not go on: {why}", broke)


def heals(run: Run) -> Verdict:
    """The order that was stuck goes on, and comes to its end."""
    broke = _broke(run)
    if not broke:
        return not_yet("no replay of it failed.", attempt="TODO 2 first, to have one to heal.")
    went_on = run.first("WorkflowTaskCompleted", after=broke.id)
    if went_on and run.status == "Completed":
        return done(f"code {_code(run, went_on)} went on with it.", went_on)
    if not run.running:
        return not_yet(
            f"it is over, but not healed: {run.status}.",
            attempt=f"TODO 2 with another order; then TODO 3, and {DEPLOY}.",
            near=1,
            event=broke,
        )
    if went_on:
        return not_yet("it goes on.", attempt="again in a moment.", near=3, event=went_on)
    return not_yet(
        f"it is stuck, at attempt {run.attempt} of a task that no code has mended.",
        attempt=f"TODO 3 in the place of TODO 2; then {DEPLOY}, and 15 seconds of patience.",
        near=2,
        event=broke,
    )


def patches(run: Run) -> Verdict:
    """A new order is checked, and its history says that it took the new path."""
    checked = _asked_for(run, "check_fraud")
    if not checked:
        return not_yet(
            "it was not checked for fraud.",
            attempt=f"TODO 3; then {DEPLOY}, and a new order: `{RUN} --seconds 1`.",
        )
    markers = run.all("MarkerRecorded")
    marker = next((e for e in markers if e.facts.get("markerName") == PATCH), None)
    if not marker:
        return not_yet(
            "it was checked, and its history has no marker for it.",
            attempt=f"`workflow.patched`, TODO 3; then {DEPLOY}, and a new order.",
            near=1,
            event=checked,
        )
    return done("it was checked before it was charged, and a marker says why.", marker)


GOALS = (
    Goal("tail", "An order on its way gets what you added to the end.", inherits, RUN),
    Goal("broken", "A change before `charge` stops an order on its way.", breaks, RUN),
    Goal("healed", "Better code comes, and the same order goes on.", heals, RUN),
    Goal("patched", "New orders are checked, and their histories say so.", patches, RUN),
)
