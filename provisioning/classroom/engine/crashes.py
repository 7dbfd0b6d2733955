"""Containers that end by themselves again and again, as the engine knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docker
from docker.errors import NotFound

from classroom.engine.client import explained
from classroom.plan import names

LOOPING_SECONDS = 10.0
"""Waits this long are a crash loop: the engine doubles its wait from 0.1 s with every start that
lasted less than 10 s, so at least seven in a row did (moby, ``restartmanager/restartmanager.go``).
"""


@dataclass(frozen=True)
class Crash:
    """A container that the engine is going to start again after it ended.

    Attributes:
        seat: ``seat-07``, or ``ingress``.
        component: whose container it is.
        times: how often it has ended.
        code: its last exit code.
        out_of_memory: whether it met its memory limit.
        waiting: for how many seconds the engine has been waiting with the next start.
        words: the last line that it logged, as it stands: it may hold anything.
    """

    seat: str
    component: str
    times: int
    code: int
    out_of_memory: bool
    waiting: float
    words: str

    @property
    def looping(self) -> bool:
        """Whether it keeps ending, however often it is started."""
        return self.waiting >= LOOPING_SECONDS


def crashes(client: docker.APIClient, classroom: str) -> tuple[Crash, ...]:
    """Return the classroom's containers that are between a crash and their next start.

    Raises:
        EngineError: the engine did not answer.
    """
    wanted = {"label": f"{names.LABEL_CLASSROOM}={classroom}", "status": "restarting"}
    with explained("look at the containers"):
        found = client.containers(all=True, filters=wanted)
        return tuple(_crashes(client, [container["Id"] for container in found]))


def _crashes(client: docker.APIClient, containers: list[str]) -> Iterator[Crash]:
    for container in containers:
        try:
            facts = client.inspect_container(container)
        except NotFound:
            continue
        if facts["State"]["Restarting"]:
            words = client.logs(container, tail=1).decode(errors="replace")
            yield _crash(facts, words.strip(), datetime.now(UTC))


def _crash(facts: dict[str, Any], words: str, now: datetime) -> Crash:
    labels, state = facts["Config"]["Labels"], facts["State"]
    return Crash(
        seat=labels[names.LABEL_SEAT],
        component=labels[names.LABEL_COMPONENT],
        times=facts["RestartCount"] + 1,
        code=state["ExitCode"],
        out_of_memory=state["OOMKilled"],
        waiting=(now - datetime.fromisoformat(state["FinishedAt"])).total_seconds(),
        words=words,
    )
