"""Is a worker where the course expects one, and whose is it?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from classroom.probe.reply import (
    LOOK,
    REVIVE,
    Json,
    Reply,
    Silence,
    Unproven,
    body_of,
    inside,
    json_of,
    objects_in,
    text_in,
)
from classroom.probe.result import State

ID = "welcome"
QUEUE = "welcome"
TYPE = "Welcome"
METRICS = "worker metrics"
POLLS = "worker polls"
COMPLETES = "Welcome workflow"

_SAMPLE = re.compile(r"^temporal_\w+(\{.*\})? [0-9]", re.M)
"""One sample in Prometheus's text format."""

_POLLS = re.compile(r"^temporal_num_pollers(\{.*\})? [0-9]", re.M)
"""What each SDK measures once a worker has polled. Its value may be 0: a worker that has all hands
full asks for no more."""

FREE = (
    "if a worker is wanted: make shell SEAT={seat}, there end what holds the port (ps -ef lists "
    "it) and run lab worker with the lab's name"
)

WHY = "it is started again within 30 s; make logs SEAT={seat} says why it ended"

FRESH_POLL = timedelta(seconds=90)
"""A worker's long poll lasts 60 s and is renewed at once; the server lists pollers of the last
five minutes, dead ones included (its setting ``matching.PollerHistoryTTL``)."""


def state(reply: Reply) -> tuple[str, str]:
    """Return the worker's state as the workspace tells it, and its own words for why.

    Raises:
        Unproven: if it cannot be told; UNKNOWN when the workspace does not answer at all,
            which its own result already says.
    """
    check = "worker state"
    if isinstance(reply, Silence) or reply.of_ingress:
        seen = "the workspace does not answer, so nobody can say"
        raise Unproven(check, seen, "see workspace of {seat}", State.UNKNOWN)
    found = json_of(reply, check)
    name = text_in(found, "state")
    if name not in ("welcome", "attendee", "stopped", "crashed"):
        raise Unproven(check, f"the workspace tells no known state: {name or found!r:.80}", LOOK)
    since = text_in(found, "since")
    detail = text_in(found, "detail")
    return name, ", ".join(part for part in (detail, f"since {since}" if since else "") if part)


def attendees(reply: Reply, otherwise: State = State.FAILED) -> None:
    """Demand that what holds the worker's port is a worker: any program can listen there.

    Args:
        reply: what it answers when it is asked for its metrics.
        otherwise: how the worker is if it is none.

    Raises:
        Unproven: if nothing tells of a worker that polls.
    """
    held = "something holds :8080"
    try:
        page = body_of(reply, METRICS, FREE)
    except Unproven as why:
        if why.state is State.UNKNOWN:
            raise
        seen = f"{held}, and of its /metrics: {why.seen}"
        raise Unproven(METRICS, seen, FREE, otherwise) from None
    if not _POLLS.search(page):
        seen = f"{held}, and its /metrics has no metric of a worker that polls"
        raise Unproven(METRICS, seen, FREE, otherwise)


def metrics(reply: Reply) -> None:
    """Demand a Temporal SDK's metrics on the worker's port.

    Raises:
        Unproven: if they are not there.
    """
    if not _SAMPLE.search(body_of(reply, METRICS, REVIVE)):
        raise Unproven(METRICS, ":8080/metrics has no metric that begins with temporal_", LOOK)


def polls(reply: Reply, now: datetime) -> str:
    """Return the identity of a welcome worker that polls its task queue.

    Raises:
        Unproven: if none has lately; UNKNOWN when Temporal does not answer, which its own
            result already says.
    """
    if isinstance(reply, Silence) or reply.of_ingress:
        seen = "Temporal does not answer, so nobody can say"
        raise Unproven(POLLS, seen, "see temporal of {seat}", State.UNKNOWN)
    pollers = objects_in(json_of(reply, POLLS), "pollers")
    for poller in pollers:
        at = _moment(text_in(poller, "lastAccessTime"))
        who = text_in(poller, "identity")
        if who.startswith("welcome-") and at is not None and now - at < FRESH_POLL:
            return who
    others = ", ".join(text_in(p, "identity") for p in pollers[:3]) or "nobody"
    raise Unproven(POLLS, f"on task queue {QUEUE}: {others}, no live welcome worker", REVIVE)


def completed(started: Reply, last: Reply) -> None:
    """Demand that the Welcome workflow was started and reached its end.

    ``started`` is the answer to the start, ``last`` to the wait for its closing event.

    Raises:
        Unproven: if it did not complete.
    """
    ours = inside(json_of(started, COMPLETES), "started") is True
    late = isinstance(last, Silence) and not last.lost
    events = [] if late else objects_in(json_of(last, COMPLETES), "history", "events")
    kinds = [text_in(event, "eventType").removeprefix("EVENT_TYPE_") for event in events]
    if "WORKFLOW_EXECUTION_COMPLETED" in kinds:
        return
    if kinds:
        raise Unproven(COMPLETES, f"it ended as {kinds[-1]}", LOOK)
    if ours:
        raise Unproven(COMPLETES, "started, but no worker completed it in time", REVIVE)
    seen = f"a workflow called {ID} was open already, and no worker completed it in time"
    raise Unproven(COMPLETES, seen, f"look at workflow {ID} in the Temporal UI of {{seat}}")


def run_of(started: Reply) -> str:
    """Return the run ID to wait for.

    Raises:
        Unproven: if the workflow was not started.
    """
    run = text_in(json_of(started, COMPLETES), "runId")
    if not run:
        raise Unproven(COMPLETES, "starting it returned no run ID", LOOK)
    return run


def start_request(seat: str) -> Json:
    """What starts the Welcome workflow: joins one that is under way, never ends it.

    USE_EXISTING and not TERMINATE_EXISTING: two proofs at a time must not fail each other, and
    a workflow that an attendee chose to call ``welcome`` is theirs.
    """
    return {
        "workflowType": {"name": TYPE},
        "taskQueue": {"name": QUEUE},
        "input": [seat],
        "identity": "classroom-probe",
        "workflowIdReusePolicy": "WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE",
        "workflowIdConflictPolicy": "WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING",
    }


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
