"""The portal's operator API, as watch uses it: post what was seen, take orders, answer them."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Self

import httpx

from classroom.probe.target import Frontdoor
from classroom.probe.wire import trusting

POLL_SECONDS = 20
"""How long the portal may hold a question for orders."""

TIMEOUT_SECONDS = 10

MOST_ORDERS = 1000
"""Of an answer with more, the rest comes with the next question."""


class AwayError(Exception):
    """The portal did not do what it was asked; the message says why."""


class Channel:
    """The operator's channel to one portal, through the ingress."""

    def __init__(self, front: Frontdoor) -> None:
        key = front.operator
        self._name = front.portal
        self._client = httpx.AsyncClient(
            base_url=f"{front.scheme}://{front.at(front.ports.http)}",
            headers={
                "Host": front.portal,
                **({"Authorization": f"Bearer {key.reveal()}"} if key else {}),
            },
            trust_env=False,
            verify=trusting(front.trust),
        )

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
        """Hand over what was seen.

        Raises:
            AwayError: the portal did not take it.
        """
        await self._ask("POST", "/operator/observations", document)

    async def orders(self) -> list[object]:
        """Wait for orders; empty when none came in time.

        Raises:
            AwayError: the portal did not answer.
        """
        wait = f"/operator/queue?wait={POLL_SECONDS}"
        answer = await self._ask("GET", wait, seconds=POLL_SECONDS + TIMEOUT_SECONDS)
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            found = None
        orders = found.get("verbs") if isinstance(found, dict) else None
        if not isinstance(orders, list):
            raise AwayError("its queue is no list of verbs")
        return orders[:MOST_ORDERS]

    async def answer(self, order: str, *, ok: bool, detail: str) -> None:
        """Say what came of an order.

        Raises:
            AwayError: the portal did not take it.
        """
        await self._ask(
            "POST", f"/operator/queue/{order}", json.dumps({"ok": ok, "detail": detail})
        )

    async def _ask(
        self, method: str, path: str, body: str | None = None, *, seconds: float = TIMEOUT_SECONDS
    ) -> bytes:
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = await self._client.request(
                method,
                path,
                content=body,
                headers=headers,
                timeout=seconds,
                extensions={"sni_hostname": self._name},
            )
        except httpx.HTTPError as error:
            raise AwayError(f"no answer: {str(error) or type(error).__name__}") from error
        if not answer.is_success:
            raise AwayError(f"{method} {path.partition('?')[0]}: HTTP {answer.status_code}")
        return answer.content
