"""The proof that several labs ask for: a worker died in a pause, and another one went on."""

from __future__ import annotations

from labkit.checking.goals import Verdict, done, not_yet
from labkit.checking.history import Event, Run, timer_seconds, who


def restarted(run: Run, *, lab: str, run_it: str) -> Verdict:
    """Judge whether another worker went on after a pause than the one that began it.

    Args:
        run: the execution.
        lab: the lab's id, for the advice.
        run_it: the command that starts a run with a pause that is long enough to act in.
    """
    timers = tuple(run.all("TimerStarted"))
    if not timers:
        return not_yet("it has not come to a pause.", attempt=f"`{run_it}`, and `lab kill` in it.")
    for timer in timers:
        after = _next_task(run, timer)
        if after and who(after) != who(run.about(timer, "workflowTaskCompletedEventId")):
            length = timer_seconds(timer)
            return done(f"one worker began its pause of {length:g} s, another went on.", after)
    return _why_not(run, timers[-1], lab, run_it)


def _fired(run: Run, timer: Event) -> Event | None:
    own = (e for e in run.all("TimerFired") if e.facts["startedEventId"] == str(timer.id))
    return next(own, None)


def _next_task(run: Run, timer: Event) -> Event | None:
    """Return what a worker did first after the timer."""
    fired = _fired(run, timer)
    return run.first("WorkflowTaskCompleted", after=fired.id) if fired else None


def _why_not(run: Run, timer: Event, lab: str, run_it: str) -> Verdict:
    pause = f"its pause of {timer_seconds(timer):g} s"
    worker = f"`lab worker {lab}`."
    again = f"`{run_it}`, then `lab kill` in the pause, then {worker}"
    if _next_task(run, timer):
        because = f"the worker that began {pause} also went on after it."
        return not_yet(because, attempt=again, near=1, event=timer)
    if not run.running:
        return not_yet(f"it ended before {pause} was over.", attempt=again, near=1, event=timer)
    if _fired(run, timer):
        because = f"{pause} is over, and no worker has gone on with it."
        return not_yet(because, attempt=worker, near=3, event=timer)
    because = f"it is in {pause} now."
    return not_yet(because, attempt=f"`lab kill`, then {worker}", near=2, event=timer)
