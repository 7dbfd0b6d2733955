"""What histories prove about Determinism."""

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.history import inputs
from labkit.checking.restart import restarted

RUN = "lab run D1L5"
SANDBOX = "RestrictedWorkflowAccessError"
NONDETERMINISM = "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"
RESET = "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"


def _troubles(run: Run) -> list[Event]:
    """Return where its code failed; a reset writes such an event too, and is no failure."""
    return [e for e in run.all("WorkflowTaskFailed") if e.facts.get("cause") != RESET]


def _numbers(run: Run) -> list[str]:
    """Return the parcel numbers that activities were given, in their order.

    An activity of the attendee's own may be given anything: what has no number says nothing.
    """
    given = (inputs(event)[:1] for event in run.all("ActivityTaskScheduled"))
    parcels = (parcel for firsts in given for parcel in firsts if isinstance(parcel, dict))
    return [str(parcel["number"]) for parcel in parcels if "number" in parcel]


def forbidden(run: Run) -> Verdict:
    """The sandbox refused what would break a replay, at the first execution already."""
    for failed in _troubles(run):
        failure = failed.facts.get("failure", {})
        if failure.get("applicationFailureInfo", {}).get("type") == SANDBOX:
            return done(f"the sandbox said: {failure['message'].splitlines()[0]}", failed)
    return not_yet(
        "the sandbox had nothing against its code.",
        attempt=f"act 1 of the guide; then restart the worker, and `{RUN}`.",
    )


def silent(run: Run) -> Verdict:
    """A replay got another number, and nothing complained."""
    numbers = _numbers(run)
    if len(set(numbers)) > 1:
        shipped = list(run.all("ActivityTaskScheduled"))[-1]
        return done(f"it booked {numbers[0]} and shipped {numbers[-1]}.", shipped)
    return not_yet(
        "all its activities were given the same number.",
        attempt=f"act 2 of the guide; then `{RUN}`, `lab kill` in the pause, `lab worker D1L5`.",
    )


def breaks(run: Run) -> Verdict:
    """A replay asked for something else than the history has."""
    for failed in _troubles(run):
        if failed.facts.get("cause") == NONDETERMINISM:
            why = failed.facts.get("failure", {}).get("message", "")
            return done(f"the replay failed: {why}", failed)
    return not_yet(
        "no replay of it failed.",
        attempt=f"act 3 or 4; then `{RUN}`, `lab kill` in the pause, `lab worker D1L5`.",
    )


def safe(run: Run) -> Verdict:
    """With a number of its own and a replay, everything agrees."""
    if failed := next(iter(_troubles(run)), None):
        return not_yet(
            "its code failed at least once.",
            attempt=f"repairing it, and a new parcel: `{RUN}`.",
            event=failed,
        )
    told = _numbers(run)
    numbers = set(told)
    if len(numbers) > 1:
        return not_yet(
            "it booked one number and shipped another.",
            attempt=f"`workflow.uuid4()`, and a new parcel: `{RUN}`.",
            near=1,
        )
    if numbers <= {"0001"}:
        return not_yet(
            "its parcel has no number of its own.",
            attempt=f"`workflow.uuid4()`; then restart the worker, and `{RUN}`.",
        )
    if run.first("WorkflowExecutionCompleted") and len(told) == 1:
        return not_yet(
            "only one of its activities was told the number of its parcel.",
            attempt=f"giving both the parcel, and a new one: `{RUN}`.",
            near=1,
        )
    return restarted(run, lab="D1L5", run_it=RUN)


GOALS = (
    Goal("sandbox", "The sandbox refuses a random number, before it can do harm.", forbidden, RUN),
    Goal("silent", "A replay changes a number, and nothing complains.", silent, RUN),
    Goal("replay", "A replay asks for something else than before, and is stopped.", breaks, RUN),
    Goal("safe", "Repaired code is replayed, and everything agrees.", safe, RUN),
)
