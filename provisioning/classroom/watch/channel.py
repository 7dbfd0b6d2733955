"""The portal's operator API, as watch uses it: post what was seen, take orders, answer them."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

import httpx

from classroom.operator import Line
from classroom.probe.target import Frontdoor

POLL_SECONDS = 20
"""How long the portal may hold a question for orders."""

TIMEOUT_SECONDS = 10

MOST_ORDERS = 1000
"""Of an answer with more, the rest comes with the next question."""


class Channel:
    """The operator's channel to one portal, kept open. Every call may raise PortalError."""

    def __init__(self, front: Frontdoor) -> None:
        self._line = Line(front)
        self._client = httpx.AsyncClient(**self._line.dialled())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def post_observation(self, document: str) -> None:
        """Hand over what was seen."""
        await self._ask("POST", "/operator/observations", document)

    async def post_progress(self, document: str) -> None:
        """Hand over how far the seats are."""
        await self._ask("POST", "/operator/progress", document)

    async def post_metrics(self, document: str) -> None:
        """Hand over what watch measures."""
        await self._ask("POST", "/operator/metrics", document)

    async def orders(self) -> list[object]:
        """Wait for orders; empty when none came in time."""
        wait = f"/operator/queue?wait={POLL_SECONDS}"
        found = await self._ask("GET", wait, seconds=POLL_SECONDS + TIMEOUT_SECONDS)
        orders = found.get("verbs")
        if not isinstance(orders, list):
            raise self._line.unexpected("a list of verbs", found)
        return orders[:MOST_ORDERS]

    async def answer(self, order: str, *, ok: bool, detail: str) -> None:
        """Say what came of an order."""
        document = json.dumps({"ok": ok, "detail": detail})
        await self._ask("POST", f"/operator/queue/{order}", document)

    async def _ask(
        self, verb: str, path: str, content: str | None = None, *, seconds: float = TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        with self._line.explained():
            answer = await self._client.request(verb, path, **self._line.asked(content, seconds))
        return self._line.read(answer)
