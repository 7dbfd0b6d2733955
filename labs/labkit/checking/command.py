"""`lab check`: the goals of a lab, as far as this seat's server has proof of them; `lab end`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

from labkit.checking.checks import check
from labkit.checking.declared import goals_of
from labkit.checking.goals import Finding, State
from labkit.checking.leftovers import Ended, Left, end, left_of
from labkit.checking.remembering import FILE, with_memory
from labkit.checking.source import SilentError
from labkit.connecting import NoAnswerError, connect
from labkit.errors import LabError
from labkit.labs import Lab
from labkit.running import RunDir
from labkit.seat import Seat

METRICS_S = 2.0
MOST_NAMED = 5

MARKS = {State.DONE: "✔", State.NOT_YET: "○", State.UNKNOWN: "?"}


@dataclass(frozen=True)
class Report:
    """What a check came to.

    Attributes:
        findings: what is known about each goal.
        left: what still runs of the lab, once all its goals are reached.
    """

    findings: Sequence[Finding]
    left: Left = field(default_factory=Left)

    @property
    def reached(self) -> int:
        """How many goals are reached."""
        return sum(finding.state is State.DONE for finding in self.findings)

    @property
    def all_reached(self) -> bool:
        """Whether the lab is done."""
        return self.reached == len(self.findings)


def checked(lab: Lab, seat: Seat) -> Report:
    """Ask this seat's server about a lab."""
    return asyncio.run(_ask(lab, seat))


async def _ask(lab: Lab, seat: Seat) -> Report:
    memory, place = Path.home() / FILE, f"{seat.namespace}/{lab.id}"
    try:
        client = await connect()
    except NoAnswerError:
        because = f"Your Temporal server at {seat.temporal_address} does not answer."
        unknown = [Finding(goal, State.UNKNOWN, because, None) for goal in goals_of(lab)]
        return Report(with_memory(unknown, memory, place))
    seen = await check(client, lab, await asyncio.to_thread(_pages))
    found = Report(with_memory(seen, memory, place))
    if not found.all_reached:
        return found
    with contextlib.suppress(SilentError):
        return Report(found.findings, await left_of(client, lab))
    return found


def ended(lab: Lab, seat: Seat) -> Ended:
    """End what is left of a lab, and return what that came to.

    Raises:
        LabError: not all its goals are reached, or the server does not answer.
    """
    return asyncio.run(_end(lab, seat))


async def _end(lab: Lab, seat: Seat) -> Ended:
    found = await _ask(lab, seat)
    if not found.all_reached:
        many = f"{found.reached} of {len(found.findings)}"
        raise LabError(
            f"{many} goals of {lab.id} are reached, and what runs may be needed for the others: "
            f"lab check {lab.id}"
        )
    try:
        return await end(await connect(), lab)
    except (NoAnswerError, SilentError) as error:
        raise LabError(f"Your Temporal server does not answer: {error}") from error


def _pages() -> list[str]:
    """Return what this workspace's workers measured; one that is about to end may not answer."""
    pages = []
    for worker in RunDir.from_environment().workers():
        address = f"http://localhost:{worker.port}/metrics"
        with contextlib.suppress(OSError), urlopen(address, timeout=METRICS_S) as answer:
            pages.append(answer.read().decode())
    return pages


def as_json(findings: Sequence[Finding], lab: Lab, seat: Seat) -> str:
    """Return the results, one JSON object a line."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return "\n".join(json.dumps(finding.as_json(seat.name, lab.id, at)) for finding in findings)


def as_text(found: Report, lab: Lab, seat: Seat, bold: Callable[[str], str]) -> str:
    """Return the results for a person, and what to do with what is left of a lab that is done."""
    lines = [bold(f"{lab.id}  {lab.title}")]
    for finding in found.findings:
        lines += ["", f"{MARKS[finding.state]} {finding.goal.title}", f"  {finding.because}"]
        if finding.state is State.DONE and (seen := finding.evidence):
            page = seat.workflow_url(seen["workflow_id"], seen["run_id"])
            lines.append(f"  See event {seen['event_id']} of {page}")
    lines += ["", f"{found.reached} of {len(found.findings)} goals reached."]
    if found.left.many:
        lines += [
            f"Still running, with nothing left to prove: {named(found.left)}.",
            f"To end that, and keep the histories: lab end {lab.id}",
        ]
    return "\n".join(lines)


def named(left: Left) -> str:
    """Return the names of workflows, of many only the first."""
    names = [one.workflow_id for one in left.newest[:MOST_NAMED]]
    more = left.many - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
