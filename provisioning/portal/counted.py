"""What the portal counts while it answers. Nobody's name is in it, and no seat's."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import Message, Send

SOON = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: what the ingress asks takes one or two thousandths, an argon2 hash a tenth."""

ACCESS = "access"
"""What the ingress asks before each request to a component."""

WAITS = "operator"
"""The site on which an answer may be held back on purpose, so that its time tells nothing."""


class Counted:
    """Counters of one running portal."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "classroom_portal_answers",
            "Requests that the portal answered; access is what the ingress asks before each"
            " request to a component.",
            ["site", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "classroom_portal_answer_seconds",
            "Time until an answer of the portal begins. The host is left out, for it may be made to"
            " wait.",
            ["site"],
            buckets=SOON,
            registry=self.registry,
        )
        self._events = Counter(
            "classroom_portal_events",
            "Lines of the audit log, by event: claimed, released, console login and so on.",
            ["event"],
            registry=self.registry,
        )
        self._refusals = Counter(
            "classroom_portal_refusals",
            "Requests that the portal turned away, by reason.",
            ["reason"],
            registry=self.registry,
        )

    def event(self, event: str) -> None:
        """Count an event of the audit log."""
        self._events.labels(event).inc()

    def refusal(self, reason: str) -> None:
        """Count a request that was turned away."""
        self._refusals.labels(reason).inc()

    def answering(self, site: str, send: Send) -> Send:
        """Return ``send``, counting the answer as it begins."""
        began = time.perf_counter()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answers.labels(site, str(message["status"])).inc()
                if site != WAITS:
                    self._seconds.labels(site).observe(time.perf_counter() - began)
            await send(message)

        return counting
