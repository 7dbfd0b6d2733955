"""One seat as checks see it: its Temporal server and its Prometheus, through the front door.

A seat is hostile: what it answers is bounded by the wire and becomes data, or SilentError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from classroom.probe.reply import Answer, Json, Unproven, json_of, objects_in, text_in
from classroom.probe.wire import Wire
from labkit.checking.metrics import Sample
from labkit.checking.reading import LARGEST, LONGEST
from labkit.checking.source import Listed, SilentError, listed_from_json
from labkit.doctor.facts import Kind, Poller
from labkit.running import RunningWorker

API = "/api/v1/namespaces/default"
PROMETHEUS = "/prometheus/api/v1/query"

PAGE = 500
"""Executions asked for at once: half a megabyte, with room for what may hang on them."""

KINDS: Mapping[Kind, str] = {
    "workflows": "TASK_QUEUE_TYPE_WORKFLOW",
    "activities": "TASK_QUEUE_TYPE_ACTIVITY",
}

MOST_BYTES = 8_000_000
"""Read in one look: histories may be made so long that nobody else's would ever be looked at."""


class Outside:
    """A seat, asked with the probe's key, for one look. Every method may raise SilentError."""

    def __init__(self, line: Wire, host: str) -> None:
        self._line = line
        self._host = host
        self._left = MOST_BYTES

    async def listed(self, query: str, most: int) -> Sequence[Listed]:
        """Return the executions that a query finds: those that run, then the newest."""
        found: list[Listed] = []
        token = ""
        while len(found) < most:
            size = min(PAGE, most - len(found))
            asked = {"query": query, "pageSize": size, "nextPageToken": token}
            page = await self._get(f"{API}/workflows", asked)
            found += map(_listed, objects_in(page, "executions"))
            token = _token(page)
            if not token:
                break
        return found[:most]

    async def described(self, one: Listed) -> Json:
        """Return what the server tells of an execution beside its history."""
        return await self._get(_path(one), {"execution.runId": one.run_id})

    async def history(self, one: Listed) -> Json:
        """Return the whole history of an execution."""
        events: list[Json] = []
        token, before = "", self._left
        while len(events) <= LONGEST and before - self._left < LARGEST:
            # Short forms of payloads are for people: they don't tell what is text and what JSON.
            asked = {"execution.runId": one.run_id, "noPayloadShorthand": 1, "nextPageToken": token}
            page = await self._get(f"{_path(one)}/history", asked)
            events += objects_in(page, "history", "events")
            token = _token(page)
            if not token and before - self._left < LARGEST:
                return {"events": events}
        raise SilentError("its history is larger than that of any lab")

    async def pollers(self, queue: str) -> Sequence[Poller]:
        """Return who polls a queue, as the server remembers it."""
        path = f"{API}/task-queues/{quote(queue, safe='')}"
        return [
            Poller(text_in(poller, "identity"), _time(poller.get("lastAccessTime")), kind)
            for kind, name in KINDS.items()
            for poller in objects_in(await self._get(path, {"taskQueueType": name}), "pollers")
        ]

    async def measured(self, queues: str) -> Sequence[Sample]:
        """Return what workers count that run now, on task queues whose names begin like this."""
        return await self._query(f'{{job="worker",task_queue=~"{queues}.*"}}')

    async def workers(self) -> Sequence[RunningWorker]:
        """Return who works in the seat: a worker for each queue that one polls."""
        polled: dict[str, set[str]] = {}
        query = 'temporal_num_pollers{job="worker",task_queue!="welcome"} > 0'
        for sample in await self._query(query):
            queue, kind = sample.labels.get("task_queue", ""), sample.labels.get("poller_type", "")
            polled.setdefault(queue, set()).add(kind)
        return [
            RunningWorker(
                lab=queue.partition("_")[0].upper(),
                pid=0,
                born=0,
                port=0,
                queue=queue,
                workflows=any(kind.endswith("workflow_task") for kind in kinds),
                activities="activity_task" in kinds,
            )
            for queue, kinds in polled.items()
        ]

    async def _query(self, query: str) -> list[Sample]:
        found = await self._get(PROMETHEUS, {"query": query})
        try:
            return [_sample(one) for one in objects_in(found, "data", "result")]
        except (KeyError, ValueError, TypeError, IndexError):
            raise SilentError("its Prometheus answers what is none") from None

    async def _get(self, path: str, asked: Mapping[str, object]) -> Json:
        if self._left <= 0:
            raise SilentError("it answers more than is read at once")
        query = urlencode({key: value for key, value in asked.items() if value})
        reply = await self._line.get(self._host, f"{path}?{query}")
        if isinstance(reply, Answer):
            self._left -= len(reply.body)
        try:
            return json_of(reply, "progress")
        except Unproven as why:
            raise SilentError(why.seen) from None


def _path(one: Listed) -> str:
    return f"{API}/workflows/{quote(one.workflow_id, safe='')}"


def _token(page: Json) -> str:
    found = page.get("nextPageToken")
    return found if isinstance(found, str) else ""


def _listed(info: Json) -> Listed:
    try:
        return listed_from_json(info)
    except (KeyError, ValueError, TypeError):
        raise SilentError("its server lists what is no execution") from None


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise SilentError("its server names a poller that was never there") from None


def _sample(one: Json) -> Sample:
    labels, value = one["metric"], one["value"]
    if not isinstance(labels, dict) or not isinstance(value, list):
        raise TypeError
    return Sample(str(labels.get("__name__", "")), labels, float(value[1]))
