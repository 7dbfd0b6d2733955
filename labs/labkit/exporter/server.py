"""The HTTP API of the seat's server, as the Jupyter server asks it: the SDK would cost it 27 MB."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from labkit.checking.history import Json
from labkit.checking.source import Listed, SilentError, listed_from_json
from labkit.exporter.looking import TaskType
from labkit.seat import Seat

PORT = 7243
"""Where a seat's server has its HTTP API; see images/temporal/entrypoint."""


class HttpApi:
    """The server's API. Every method may raise SilentError."""

    def __init__(self, seat: Seat) -> None:
        host = seat.temporal_address.rpartition(":")[0]
        self._api = f"http://{host}:{PORT}/api/v1/namespaces/{seat.namespace}"

    async def counted(self, query: str) -> int:
        """Return how many workflows a query finds."""
        return int((await self._get("workflow-count", {"query": query})).get("count", 0))

    async def newest(self, query: str, most: int) -> Sequence[Listed]:
        """Return the newest workflows that a query finds."""
        page = await self._get("workflows", {"query": query, "pageSize": most})
        return [listed_from_json(info) for info in page.get("executions", ())]

    async def described(self, one: Listed) -> Json:
        """Return what the server tells of an execution beside its history."""
        path = f"workflows/{quote(one.workflow_id, safe='')}"
        return await self._get(path, {"execution.runId": one.run_id})

    async def queue(self, name: str, kind: TaskType) -> Json:
        """Return who polls a task queue, and statistics of what waits in it."""
        asked = {"taskQueueType": f"TASK_QUEUE_TYPE_{kind.upper()}", "reportStats": "true"}
        return await self._get(f"task-queues/{quote(name, safe='')}", asked)

    async def _get(self, path: str, asked: Mapping[str, object]) -> Json:
        try:
            answer = await AsyncHTTPClient().fetch(f"{self._api}/{path}?{urlencode(asked)}")
        except (HTTPClientError, OSError) as error:
            raise SilentError(f"it does not answer: {error}") from error
        found: Json = json.loads(answer.body)
        return found
