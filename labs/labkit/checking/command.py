"""`lab check`: the goals of a lab, as far as this seat's server has proof of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from labkit.checking.checks import check, goals_of
from labkit.checking.goals import Finding, State
from labkit.connecting import NoAnswerError, connect
from labkit.labs import Lab
from labkit.seat import Seat

MARKS = {State.DONE: "✔", State.NOT_YET: "○", State.UNKNOWN: "?"}


def findings_of(lab: Lab, seat: Seat) -> list[Finding]:
    """Ask this seat's server about a lab."""
    return asyncio.run(_ask(lab, seat))


async def _ask(lab: Lab, seat: Seat) -> list[Finding]:
    try:
        client = await connect()
    except NoAnswerError:
        because = f"Your Temporal server at {seat.temporal_address} does not answer."
        return [Finding(goal, State.UNKNOWN, because, None) for goal in goals_of(lab)]
    return await check(client, lab)


def as_json(findings: Sequence[Finding], lab: Lab, seat: Seat) -> str:
    """Return the results, one JSON object a line."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return "\n".join(json.dumps(finding.as_json(seat.name, lab.id, at)) for finding in findings)


def as_text(findings: Sequence[Finding], lab: Lab, seat: Seat, bold: Callable[[str], str]) -> str:
    """Return the results for a person."""
    lines = [bold(f"{lab.id}  {lab.title}")]
    for finding in findings:
        lines += ["", f"{MARKS[finding.state]} {finding.goal.title}", f"  {finding.because}"]
        if finding.state is State.DONE and (seen := finding.evidence):
            page = seat.workflow_url(seen["workflow_id"], seen["run_id"])
            lines.append(f"  See event {seen['event_id']} of {page}")
    reached = sum(finding.state is State.DONE for finding in findings)
    return "\n".join([*lines, "", f"{reached} of {len(findings)} goals reached."])
