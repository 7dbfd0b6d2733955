"""One execution as its history tells it: plain data, read from the server's own JSON.

The same JSON comes from the SDK, from `temporal workflow show -o json` and from the HTTP API, so
what is built on it needs no SDK.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.checking.metrics import Sample

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """One event of a history.

    Attributes:
        id: its number, from 1.
        kind: its type as the Temporal UI shows it, `TimerStarted`.
        at: when the server wrote it.
        facts: its attributes, in the server's JSON names.
    """

    id: int
    kind: str
    at: datetime
    facts: Json


@dataclass(frozen=True)
class PendingActivity:
    """An activity that is not over; its attempts are in no history yet.

    Attributes:
        kind: its type.
        attempt: which attempt this is, from 1.
        most: how many attempts there may be, 0 for no limit.
        running: whether a worker has it; otherwise it waits for one, or for its next attempt.
        next_at: when the next attempt is due, if it waits for that.
        failure: what the last attempt died of, empty if none has.
        worker: the identity of the worker that had it last, empty if none has.
    """

    kind: str
    attempt: int
    most: int
    running: bool
    next_at: datetime | None
    failure: str
    worker: str


@dataclass(frozen=True)
class Run:
    """One execution of a workflow.

    Attributes:
        workflow_id: what the starter called it.
        run_id: what the server called it.
        kind: its workflow type.
        status: `Running`, `Completed`, `Failed`, `TimedOut` …
        events: its history.
        read_at: when it was read from the server.
        pending: its activities that are not over.
        attempt: of the workflow task that is going on, from 1; more than 1 is a worker in trouble.
        metrics: what the workers of its task queue, as far as they run, have measured.
    """

    workflow_id: str
    run_id: str
    kind: str
    status: str
    events: tuple[Event, ...]
    read_at: datetime
    pending: tuple[PendingActivity, ...] = ()
    attempt: int = 1
    metrics: tuple[Sample, ...] = ()

    def all(self, *kinds: str) -> Iterator[Event]:
        """Yield the events of these kinds."""
        return (event for event in self.events if event.kind in kinds)

    def first(self, *kinds: str, after: int = 0) -> Event | None:
        """Return the first event of these kinds that comes after an event's number."""
        return next((event for event in self.all(*kinds) if event.id > after), None)

    def last(self, *kinds: str, before: int) -> Event | None:
        """Return the last event of these kinds that comes before an event's number."""
        return next((e for e in reversed(tuple(self.all(*kinds))) if e.id < before), None)

    def about(self, event: Event, reference: str) -> Event:
        """Return the event that another one refers to, for example by `scheduledEventId`."""
        return self.events[int(event.facts[reference]) - 1]

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.status == "Running"

    @property
    def task_queue(self) -> str:
        """The queue that the workflow itself runs on."""
        return str(self.events[0].facts["taskQueue"]["name"])


def who(event: Event) -> str:
    """Return the identity of the process that caused an event."""
    return str(event.facts.get("identity", ""))


def inputs(event: Event) -> list[Any]:
    """Return what an activity, a signal or a workflow was given, as far as it is JSON."""
    payloads = event.facts.get("input", {}).get("payloads", ())
    return [_decoded(payload) for payload in payloads]


def result(event: Event) -> Any:  # noqa: ANN401 (JSON is anything)
    """Return what an activity or a workflow that completed gave back, as far as it is JSON."""
    payloads = event.facts.get("result", {}).get("payloads", ())
    return _decoded(payloads[0]) if payloads else None


def _decoded(payload: Json) -> Any:  # noqa: ANN401 (JSON is anything)
    encoding = base64.b64decode(payload.get("metadata", {}).get("encoding", ""))
    if encoding != b"json/plain":
        return None
    return json.loads(base64.b64decode(payload["data"]))


def seconds(duration: str) -> float:
    """Return a duration of the server's JSON, `"45s"` or `"0.500s"`, in seconds."""
    return float(duration.removesuffix("s"))


def timer_seconds(event: Event) -> float:
    """Return for how long a TimerStarted event's timer was set."""
    return seconds(event.facts["startToFireTimeout"])


def events_from_json(history: Json) -> tuple[Event, ...]:
    """Return the events of a history, as `temporal workflow show -o json` prints it."""
    return tuple(_event(event) for event in history.get("events", ()))


def _event(event: Json) -> Event:
    attributes = next((key for key in event if key.endswith("EventAttributes")), None)
    return Event(
        id=int(event["eventId"]),
        kind=title_case(event["eventType"], "EVENT_TYPE_"),
        at=datetime.fromisoformat(event["eventTime"]),
        facts=event[attributes] if attributes else {},
    )


def title_case(name: str, prefix: str) -> str:
    """Return the server's name of a constant as its UI shows it: `TIMER_FIRED`, `TimerFired`."""
    words = name.removeprefix(prefix).split("_")
    return "".join(word.capitalize() for word in words)


def pending_from_json(description: Json) -> tuple[PendingActivity, ...]:
    """Return the pending activities of a described execution."""
    return tuple(_pending(activity) for activity in description.get("pendingActivities", ()))


def _pending(activity: Json) -> PendingActivity:
    scheduled = activity.get("scheduledTime")
    # A worker that is asked to cancel it still has it.
    running = str(activity.get("state")).endswith(("_STARTED", "_CANCEL_REQUESTED"))
    waits = scheduled and not running and "lastFailure" in activity
    return PendingActivity(
        kind=activity["activityType"]["name"],
        attempt=int(activity.get("attempt", 1)),
        most=int(activity.get("maximumAttempts", 0)),
        running=running,
        next_at=datetime.fromisoformat(str(scheduled)) if waits else None,
        failure=str(activity.get("lastFailure", {}).get("message", "")),
        worker=str(activity.get("lastWorkerIdentity", "")),
    )
