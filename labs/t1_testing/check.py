"""What histories prove about Testing: of rehearsals, and of orders that tests placed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from labkit.checking import Event, Goal, Run, Verdict, done, not_yet
from labkit.checking.activities import in_progress
from labkit.checking.history import result

RELEASE = "lab run T1 --release"
AS_IT_IS = "as it is"
SKIP = "WorkflowExecutionTimeSkippingTransitioned"
THREE_DAYS = timedelta(days=3)


def _rehearsal(run: Run, shop: str) -> Event | None:
    """Return where a rehearsal on a shop is over."""
    ends = run.all("ActivityTaskCompleted")
    return next((end for end in ends if _outcome(end).get("shop") == shop), None)


def _outcome(end: Event) -> dict[str, object]:
    found = result(end)
    return found if isinstance(found, dict) else {}


def _failed(end: Event) -> list[str]:
    failed = _outcome(end).get("failed")
    return sorted(map(str, failed)) if isinstance(failed, list) else []


def _no_release(run: Run) -> Verdict | None:
    if run.kind != "ReleaseWorkflow":
        return not_yet("it is no release.", attempt=f"`lab worker T1` and `{RELEASE}`.")
    return None


def passes(run: Run) -> Verdict:
    """All tests pass on the shop as it is."""
    if no_release := _no_release(run):
        return no_release
    end = _rehearsal(run, AS_IT_IS)
    if not end:
        return in_progress(run) or not_yet("it was not rehearsed.", attempt=f"`{RELEASE}` again.")
    if failed := _failed(end):
        return not_yet(
            f"on the shop as it is, {', '.join(failed)} failed.",
            attempt=f"`python -m unittest`, which says why; then `{RELEASE}`.",
            near=2,
            event=end,
        )
    tests = _outcome(end).get("ran")
    if not tests:
        return not_yet("there was no test in it.", attempt="TODO 1.", near=1, event=end)
    return done(f"{tests} tests pass on the shop as it is.", end)


def notices(bug: str, todo: int, advice: str) -> Callable[[Run], Verdict]:
    """Return the proof that a test fails for a bug, and only for that."""

    def proof(run: Run) -> Verdict:
        if no_release := _no_release(run):
            return no_release
        before, after = _rehearsal(run, AS_IT_IS), _rehearsal(run, bug)
        if not before or not after:
            return in_progress(run) or not_yet(
                "it was not rehearsed to its end.", attempt=f"`{RELEASE}` again."
            )
        if noticed := set(_failed(after)) - set(_failed(before)):
            return done(f"the bug “{bug}” makes {', '.join(sorted(noticed))} fail.", after)
        return not_yet(
            f"the bug “{bug}” makes no test fail that passes without it.",
            attempt=f"TODO {todo}: {advice}; then `{RELEASE}`.",
            near=1,
            event=after,
        )

    return proof


def skips(run: Run) -> Verdict:
    """A test's order waited for three days, and nobody else did."""
    run_it = "TODO 3, a client of `TimeSkipper` in it, and `python -m unittest`."
    skip = run.first(SKIP)
    if not skip:
        return not_yet("its clock was never put forward.", attempt=run_it)
    skipped = sum((_skipped(event) for event in run.all(SKIP)), timedelta())
    if run.status == "Completed" and skipped > THREE_DAYS - timedelta(minutes=10):
        return done(f"its clock was put forward by {skipped / timedelta(days=1):.1f} days.", skip)
    return not_yet(
        f"its clock was put forward by {skipped / timedelta(days=1):.1f} days.",
        attempt="waiting for its result: an order that nobody pays is released after three days.",
        near=1,
        event=skip,
    )


def _skipped(event: Event) -> timedelta:
    target, clock = event.facts.get("targetTime"), event.facts.get("wallClockTime")
    if not target or not clock:
        return timedelta()
    return datetime.fromisoformat(str(target)) - datetime.fromisoformat(str(clock))


GOALS = (
    Goal("green", "Your tests pass on the shop as it is.", passes, RELEASE),
    Goal(
        "unit",
        "A test of one activity notices when its limit is off by one cent.",
        notices("too strict", 1, "an order of 100.00 exactly"),
        RELEASE,
    ),
    Goal(
        "integration",
        "A test of the workflow notices when it takes the wrong price.",
        notices("full price", 2, "the result has the price that the double named"),
        RELEASE,
    ),
    Goal("skipped", "An order of a test waits three days in seconds.", skips, RELEASE),
    Goal(
        "patience",
        "A test notices when the shop gives up a day too early.",
        notices("impatient", 3, "count the reminders"),
        RELEASE,
    ),
    Goal(
        "replay",
        "A test notices when the code does not fit the orders there are.",
        notices("tidied up", 4, "replay the histories of `t1_orders`, and `lab run T1` before"),
        RELEASE,
    ),
)
