"""What histories prove about Hello Workflow."""

from labkit.checking import Goal, Run, Verdict, done, not_yet
from labkit.checking.history import timer_seconds
from labkit.checking.restart import restarted

RUN = "lab run D1L1"


def pauses(run: Run) -> Verdict:
    """A pause is durable if the server keeps its timer."""
    if timer := run.first("TimerStarted"):
        return done(f"the server kept a timer of {timer_seconds(timer):g} s for it.", timer)
    if failed := run.first("WorkflowTaskFailed"):
        return not_yet(
            "its code raised an error, which the event WorkflowTaskFailed shows.",
            attempt="`await workflow.sleep(…)` in workflows.py, and start the worker again.",
            event=failed,
        )
    if run.running:
        return not_yet("no worker has come to a pause in it.", attempt="`lab worker D1L1`")
    return not_yet(
        "it ended without a timer.",
        attempt=f"TODO 2 in workflows.py; then restart the worker, and `{RUN}`.",
    )


def survives(run: Run) -> Verdict:
    """Nothing is lost with the process that runs it."""
    return restarted(run, lab="D1L1", run_it=f"{RUN} --seconds 45")


GOALS = (
    Goal("pause", "An order pauses, and the server keeps the timer.", pauses, RUN),
    Goal(
        "restart", "A worker dies in the pause, and another one confirms the order.", survives, RUN
    ),
)
