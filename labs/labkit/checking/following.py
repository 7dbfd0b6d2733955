"""Follows a seat through the course: what it has proven so far, asked again and again.

Each look costs the seat one listing and a description of what runs. A history is fetched when it
has grown, and judged then; of what is over only the verdicts are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol

from labkit.checking.declared import Checked
from labkit.checking.goals import Finding, Goal, State, Verdict, doubted, settled, verdict_on
from labkit.checking.metrics import Sample, on_queue
from labkit.checking.reading import CROWDED, NEWEST, Read, queues_of, read
from labkit.checking.source import Listed, SilentError, Source

MOST_LISTED = 1_000
"""Executions of one listing."""

CROWD = 100
"""Executions on one queue: where a listing does not hold all, the next one leaves such queues out.

A server answers ten listings a second, and its attendee wants some of them.
"""

MOST_READ = 50
"""Executions that one look reads, so that a loop of one seat's takes no time from the others."""

PLAIN = re.compile(r"[\w-]+")
"""Names that may stand in a query as they are: an attendee chooses them."""


class Outside(Source, Protocol):
    """A seat as it is seen from outside. Every method may raise SilentError."""

    async def measured(self, queues: str) -> Sequence[Sample]:
        """Return what workers count that run now, on task queues whose names begin like this."""


@dataclass(frozen=True)
class Kept:
    """What is kept of an execution.

    Attributes:
        listed: how it was listed when it was read.
        verdicts: what it says about the goals of its lab, by their ids.
        read: all of it, while it may still be needed.
        why_not: why it could not be judged; empty if it was.
    """

    listed: Listed
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    read: Read | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Look:
    """What one look at a seat came to.

    Attributes:
        lab: the id of the lab that the attendee was last at work on; empty before the first.
        findings: what is known about the goals of each lab, by its id.
        running: executions of labs that are not over, newest first.
    """

    lab: str
    findings: Mapping[str, Sequence[Finding]]
    running: Sequence[Read]


class Following:
    """One seat's executions, followed from look to look. What was once done stays done."""

    def __init__(self, course: Sequence[Checked]) -> None:
        self._course = {checked.lab.id: checked for checked in course}
        self._done: dict[tuple[str, str], Finding] = {}
        self._kept: dict[str, Kept] = {}

    async def look(self, outside: Outside) -> Look:
        """Look once.

        Raises:
            SilentError: the server does not answer, or not well. The next look goes on from here.
        """
        listed = await self._listed(outside)
        all_of_them = [one for ones in listed.values() for one in ones]
        there = {one.run_id for one in all_of_them}
        self._kept = {run_id: kept for run_id, kept in self._kept.items() if run_id in there}
        due = self._due(all_of_them)
        for one in due:
            await self._read(outside, one)
        findings = {}
        for lab_id, checked in self._course.items():
            ones = listed.get(lab_id, ())
            samples = await self._samples(outside, checked, ones)
            findings[lab_id] = [self._finding(lab_id, g, ones, samples) for g in checked.goals]
            self._forget(checked, ones, due)
        newest = max(all_of_them, key=lambda one: one.started, default=None)
        return Look(
            lab=self._lab_of(newest) if newest else "",
            findings=findings,
            running=[
                kept.read
                for one in all_of_them
                if (kept := self._kept.get(one.run_id)) and kept.read and kept.read.run.running
            ],
        )

    async def _listed(self, outside: Outside) -> dict[str, list[Listed]]:
        """Return the executions that are looked at, by the labs they belong to."""
        found = list(await outside.listed("", MOST_LISTED))
        if len(found) == MOST_LISTED and (others := _beside_crowds(found)):
            found += await outside.listed(others, MOST_LISTED)
        once = {one.run_id: one for one in found}.values()
        ours = sorted(filter(self._lab_of, once), key=self._lab_of)
        return {lab: list(ones)[:NEWEST] for lab, ones in groupby(ours, key=self._lab_of)}

    def _lab_of(self, one: Listed) -> str:
        """Return the lab that an execution belongs to, by its task queue; empty for none."""
        lab = one.queue.partition("_")[0].upper()
        return lab if lab in self._course and one.queue.startswith(queues_of(lab)) else ""

    def _due(self, listed: Sequence[Listed]) -> list[Listed]:
        """Return what is to be read: what never was or has ended, then what runs, newest first."""
        fresh, going = [], []
        for one in listed:
            kept = self._kept.get(one.run_id)
            if kept is None or kept.listed.status != one.status:
                fresh.append(one)
            elif one.running:
                going.append(one)
        return [*fresh, *going][:MOST_READ]

    async def _read(self, outside: Outside, one: Listed) -> None:
        """Read an execution, judge it, and keep of it what may be needed again."""
        before = self._kept.get(one.run_id)
        try:
            found = await read(outside, one, before.read if before else None)
        except SilentError as error:
            if before is None:
                why_not = f"{one.workflow_id} could not be read: {error}."
                self._kept[one.run_id] = Kept(replace(one, status=""), why_not=why_not)
            return
        if found is None:
            why_not = f"The history of {one.workflow_id} is too long to be read."
            self._kept[one.run_id] = Kept(one, why_not=why_not)
            return
        checked = self._course[self._lab_of(one)]
        verdicts = {goal.id: verdict_on(goal, found.run) for goal in checked.goals}
        self._kept[one.run_id] = Kept(one, verdicts, found)

    def _forget(self, checked: Checked, ones: Sequence[Listed], due: Sequence[Listed]) -> None:
        """Let go of histories that nobody will ask for again, and of all but so many others."""
        newest = max(ones, key=lambda one: one.started, default=None)
        asked = newest if self._asks(checked) else None
        for one in ones:
            kept = self._kept.get(one.run_id)
            if kept is None or kept.read is None or one is asked:
                continue
            if not kept.read.run.running or one not in due:
                self._kept[one.run_id] = replace(kept, read=None)

    def _asks(self, checked: Checked) -> bool:
        """Whether goals of a lab still ask for what workers measure."""
        lab_id = checked.lab.id
        return any(g.measured and (lab_id, g.id) not in self._done for g in checked.goals)

    async def _samples(
        self, outside: Outside, checked: Checked, ones: Sequence[Listed]
    ) -> Sequence[Sample]:
        if not ones or not self._asks(checked):
            return ()
        try:
            return await outside.measured(queues_of(checked.lab.id))
        except SilentError:
            return ()  # As if no worker ran: what is done already stays so.

    def _finding(
        self, lab_id: str, goal: Goal, ones: Sequence[Listed], samples: Sequence[Sample]
    ) -> Finding:
        """Return what is known about a goal; one that is done needs no more judging."""
        if done := self._done.get((lab_id, goal.id)):
            return done
        kept = [self._kept[one.run_id] for one in ones if one.run_id in self._kept]
        judged = [(k.listed, _verdict_now(goal, k, samples)) for k in kept if not k.why_not]
        finding = settled(goal, judged)
        if len(kept) < len(ones):
            finding = doubted(finding, "There is more to be read, it takes a moment.")
        elif unread := next((k.why_not for k in kept if k.why_not), ""):
            finding = doubted(finding, unread)
        elif len(ones) >= NEWEST:
            finding = doubted(finding, CROWDED)
        if finding.state is State.DONE:
            self._done[lab_id, goal.id] = finding
        return finding


def _beside_crowds(found: Sequence[Listed]) -> str:
    """Return a query for what is on none of the queues that take up a listing."""
    queues = Counter(one.queue for one in found if PLAIN.fullmatch(one.queue))
    crowds = [queue for queue, many in queues.items() if many >= CROWD]
    return " AND ".join(f"TaskQueue != '{queue}'" for queue in crowds)


def _verdict_now(goal: Goal, kept: Kept, samples: Sequence[Sample]) -> Verdict:
    """Return what was found in an execution, or what it says with what is measured now."""
    if not goal.measured or kept.read is None:
        return kept.verdicts[goal.id]
    return verdict_on(goal, replace(kept.read.run, metrics=on_queue(samples, kept.listed.queue)))
