"""A seat seen from outside, made of recorded histories, which can grow and vanish."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.checking.history import Json
from labkit.checking.metrics import Sample
from labkit.checking.source import Listed, SilentError, listed_from_json
from labkit.doctor.facts import Poller
from labkit.labs import all_labs
from labkit.running import RunningWorker

LABS = Path(__file__).resolve().parents[1] / "labs"
FOLDERS = {lab.id: lab.folder for lab in all_labs(LABS)}
RUNNING = "WORKFLOW_EXECUTION_STATUS_RUNNING"


@dataclass
class Recorded:
    """A recorded execution, of which as much has happened as `length` events say."""

    history: list[Json]
    description: Json
    length: int

    @property
    def run_id(self) -> str:
        return str(self.description["workflowExecutionInfo"]["execution"]["runId"])

    @property
    def info(self) -> Json:
        info = self.description["workflowExecutionInfo"]
        queue = self.history[0]["workflowExecutionStartedEventAttributes"]["taskQueue"]["name"]
        status = info["status"] if self.length == len(self.history) else RUNNING
        length = 0 if status == RUNNING else self.length
        return {**info, "taskQueue": queue, "status": status, "historyLength": str(length)}

    @property
    def described(self) -> Json:
        info = {**self.info, "historyLength": str(self.length)}
        whole = self.length == len(self.history)
        return {**(self.description if whole else {}), "workflowExecutionInfo": info}


def recorded(lab_id: str, name: str) -> Recorded:
    path = FOLDERS[lab_id] / "tests" / "histories" / f"{name}.json"
    facts = json.loads(path.read_text())
    events = facts["history"]["events"]
    return Recorded(events, facts["description"], len(events))


@dataclass
class Seat:
    """What a seat's server and Prometheus would answer."""

    executions: list[Recorded] = field(default_factory=list)
    samples: Sequence[Sample] = ()
    running: Sequence[RunningWorker] = ()
    polled: dict[str, Sequence[Poller]] = field(default_factory=dict)
    silent: bool = False
    unreadable: frozenset[str] = frozenset()
    fetched: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    async def listed(self, query: str, most: int) -> list[Listed]:
        self._ask("listed")
        found = [listed_from_json(one.info) for one in self.executions]
        without = re.findall(r"TaskQueue != '(\S+)'", query)
        assert query == " AND ".join(f"TaskQueue != '{queue}'" for queue in without)
        return [one for one in found if one.queue not in without][:most]

    async def described(self, one: Listed) -> Json:
        self._ask("described")
        return self._of(one).described

    async def history(self, one: Listed) -> Json:
        self._ask("history")
        if one.run_id in self.unreadable:
            raise SilentError("it does not answer")
        self.fetched[one.run_id] += 1
        found = self._of(one)
        return {"events": found.history[: found.length]}

    async def measured(self, queues: str) -> Sequence[Sample]:
        self._ask("measured")
        return [s for s in self.samples if s.labels["task_queue"].startswith(queues)]

    async def workers(self) -> Sequence[RunningWorker]:
        self._ask("workers")
        return self.running

    async def pollers(self, queue: str) -> Sequence[Poller]:
        self._ask("pollers")
        return self.polled.get(queue, ())

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        if self.silent:
            raise SilentError("it does not answer")

    def _of(self, one: Listed) -> Recorded:
        return next(found for found in self.executions if found.run_id == one.run_id)
