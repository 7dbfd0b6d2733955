"""What histories prove about Child Workflows."""

from dataclasses import replace

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress, name_of
from labkit.checking.history import inputs

RUN = "lab run D2L1"
ABANDON = "PARENT_CLOSE_POLICY_ABANDON"
CHILD_ENDED = (
    "ChildWorkflowExecutionCompleted",
    "ChildWorkflowExecutionFailed",
    "ChildWorkflowExecutionTerminated",
)


def _let_go(run: Run, ending: str, ended: str) -> Verdict:
    """Judge whether an order ended like this while its fulfilment went on."""
    again = f"then restart the worker, and `{RUN} handoff`."
    end = run.first(ending) if run.kind == "HandOffOrder" else None
    if not end:
        return not_yet(f"it is no hand-off that {ended}.", attempt=f"`{RUN} handoff`")
    child = run.first("StartChildWorkflowExecutionInitiated")
    if not child:
        return not_yet(
            f"it {ended}, and had started no child.", attempt=f"TODO 1; {again}", near=1, event=end
        )
    if not run.first("ChildWorkflowExecutionStarted"):
        return not_yet(
            f"it {ended} before the child that it had asked for began, and so there is none.",
            attempt=f"`await workflow.start_child_workflow(…)`; {again}",
            near=1,
            event=child,
        )
    if child.facts.get("parentClosePolicy") != ABANDON:
        return not_yet(
            f"it {ended}, and its child was not allowed to outlive it.",
            attempt=f"TODO 2, `parent_close_policy=…ABANDON`; {again}",
            near=2,
            event=child,
        )
    if over := run.first(*CHILD_ENDED):
        return not_yet(
            f"it {ended} after its child was over: it has waited.",
            attempt=f"a hand-off that awaits the child's start only; {again}",
            near=3,
            event=over,
        )
    return done(f"it {ended}, and left its child to itself.", end)


def hands_over(run: Run) -> Verdict:
    """The order completes, and the next stage goes on."""
    return _let_go(run, "WorkflowExecutionCompleted", "completed")


def outlives(run: Run) -> Verdict:
    """The order fails, and the next stage goes on all the same."""
    return _let_go(run, "WorkflowExecutionFailed", "failed")


def hears(run: Run) -> Verdict:
    """A child failed, its parent heard of it, and made it good."""
    failed = run.first("ChildWorkflowExecutionFailed")
    if not failed:
        return not_yet(
            "no child of it failed while it waited.",
            attempt=f"TODO 3; then restart the worker, and `{RUN} waiting`.",
        )
    completed = run.first("WorkflowExecutionCompleted")
    acted = run.first("ActivityTaskCompleted", after=failed.id)
    if completed and acted:
        return done("its child failed, it acted on that, and completed.", acted)
    return not_yet(
        "its child failed, and it failed with it." if not completed else "it did nothing about it.",
        attempt=f"TODO 4; then restart the worker, and `{RUN} waiting`.",
        near=1,
        event=failed,
    )


def begins_anew(run: Run) -> Verdict:
    """A run of a workflow that the run before has begun, and that came to an end."""
    started = run.events[0]
    again = f"TODO 5; then restart the worker, and `{RUN} recursive`."
    if run.kind != "TrackingWorkflow":
        return not_yet("it tracks nothing.", attempt=f"`{RUN} recursive`")
    if not started.facts.get("continuedExecutionRunId"):
        if run.first("WorkflowExecutionContinuedAsNew"):
            return not_yet("it is a first run.", attempt="looking at the next one.", near=1)
        return not_yet("all of it happened in a single run.", attempt=again, near=2, event=started)
    if [told.get("look") for told in inputs(started) if isinstance(told, dict)] == [1]:
        return not_yet(
            "a run before it has begun it, and told it the same as it had been told.",
            attempt=f"counting, in {again}",
            near=3,
            event=started,
        )
    if end := run.first("WorkflowExecutionCompleted"):
        return done("a run before it has begun it, and it found the parcel delivered.", end)
    return not_yet("it has not seen the parcel arrive.", attempt=f"`{RUN} recursive`", near=1)


def _answers(run: Run, activity: str) -> list[tuple[Event, str]]:
    """Return how an activity answered each time that it was asked for, and at which event."""
    ends = run.all("ActivityTaskCompleted")
    mine = [e for e in ends if name_of(run.about(e, "scheduledEventId")) == activity]
    # A result lies in its event as an input does in another.
    results = [inputs(replace(end, facts={"input": end.facts.get("result", {})})) for end in mine]
    return [(end, str(result[0])) for end, result in zip(mine, results, strict=True) if result]


def launches_once(run: Run) -> Verdict:
    """The launch was tried again, and meant the same fulfilment."""
    again = f"TODO 6; then restart the worker, and `{RUN} supervised`."
    if run.kind != "SupervisedOrder":
        return not_yet("it has nothing launched.", attempt=f"`{RUN} supervised`")
    launched = _answers(run, "launch")
    if not launched:
        return in_progress(run) or not_yet("its launch failed.", attempt=again, near=2)
    end, fulfilment = launched[0]
    if fulfilment != f"fulfilment-{run.workflow_id}":
        return not_yet(
            f"it launched {fulfilment}, and not fulfilment-{run.workflow_id}.",
            attempt=again,
            near=1,
            event=end,
        )
    attempt = run.about(end, "startedEventId").facts["attempt"]
    if int(attempt) == 1:
        return not_yet("its launch was not tried again.", attempt=again, near=1, event=end)
    return done(f"it was launched at attempt {attempt}, and there is one {fulfilment}.", end)


def steps_in(run: Run) -> Verdict:
    """It saw a fulfilment fail, had another one launched, and saw that complete."""
    again = f"TODO 7; then restart the worker, and `{RUN} supervised`."
    seen = _answers(run, "look_at")
    failed = next((end for end, status in seen if status == "failed"), None)
    if not failed:
        return in_progress(run) or not_yet(
            "it saw no fulfilment fail.", attempt=f"`{RUN} supervised`"
        )
    if not any(end.id > failed.id for end, _ in _answers(run, "launch")):
        return in_progress(run) or not_yet(
            "it saw its fulfilment fail, and did nothing.", attempt=again, near=1, event=failed
        )
    if good := next((end for end, status in seen if status == "completed"), None):
        return done("it saw one fulfilment fail, and another one complete.", good)
    return not_yet(
        "it stepped in, and has seen nothing good come of it.", attempt=again, near=1, event=failed
    )


GOALS = (
    Goal(
        "handoff",
        "An order completes, and the fulfilment that it began goes on.",
        hands_over,
        f"{RUN} handoff",
    ),
    Goal(
        "outlives",
        "An order fails, and the fulfilment that it began goes on.",
        outlives,
        f"{RUN} handoff",
    ),
    Goal(
        "hears",
        "A fulfilment fails, and the order that waits for it makes it good.",
        hears,
        f"{RUN} waiting",
    ),
    Goal(
        "recursive",
        "A tracking begins itself anew, until the parcel is there.",
        begins_anew,
        f"{RUN} recursive",
    ),
    Goal(
        "launched",
        "A launch is tried again, and there is one fulfilment all the same.",
        launches_once,
        f"{RUN} supervised",
    ),
    Goal(
        "steps_in",
        "A supervisor sees a fulfilment fail, and has it done by somebody else.",
        steps_in,
        f"{RUN} supervised",
    ),
)
