"""`lab doctor`: what was recognised, for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from labkit.doctor.diagnoses import troubles
from labkit.doctor.facts import Facts
from labkit.doctor.observing import observe
from labkit.doctor.troubles import Trouble, grouped
from labkit.running import RunDir
from labkit.seat import Seat
from labkit.terminal import GREEN, RED, bold, styled


def examine(seat: Seat, course: Path, run_dir: RunDir) -> Iterator[str]:
    """Yield the lines of the doctor's report."""
    facts = asyncio.run(observe(seat, course, run_dir))
    yield from report(facts, seat)


def report(facts: Facts, seat: Seat) -> Iterator[str]:
    """Yield what was found, or that nothing was, and what was looked at."""
    groups = grouped(troubles(facts))
    for group in groups:
        yield from _told(group, seat)
        yield ""
    if len(groups) > 1:
        yield "Begin with the first: others may go away with it."
    elif not groups:
        yield f"{styled('✔', GREEN)} Nothing is wrong, as far as the doctor can see."
    yield _looked_at(facts)


def _told(group: Sequence[Trouble], seat: Seat) -> Iterator[str]:
    first, more = group[0], len(group) - 1
    others = f" ({more} more like it.)" if more else ""
    yield f"{styled('✘', RED)} {bold(first.about)} {first.what}{others}"
    yield f"  Try: {first.cure.replace('{id}', first.about)}"
    if first.run_id:
        yield f"  See  {seat.workflow_url(first.about, first.run_id)}"


def _looked_at(facts: Facts) -> str:
    on = ", ".join(f"{worker.lab} on {worker.queue or '…'}" for worker in facts.workers)
    seen = [f"{len(facts.sources)} of your files", f"workers: {on}" if on else "no worker runs"]
    if not facts.server:
        of = f" of {facts.running:,}" if facts.running > facts.looked_at else ""
        seen.append(f"running workflows: {facts.looked_at}{of}")
    return f"Looked at {'; '.join(seen)}."
