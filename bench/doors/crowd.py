"""Everybody at once: each attendee claims a seat and opens its pages, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import cgroups
from bench.cgroups import Group
from bench.doors.browser import Browser
from bench.doors.recording import Recording
from classroom.spec.codes import Code
from classroom.spec.seats import host_label

LOOK_SECONDS = 1.0
"""Between two looks at everybody's memory."""

CLAIM = "claim"


@dataclass
class Arrivals:
    """What everybody met with.

    Attributes:
        took: seconds until the last attendee had every page.
        steps: step -> the seconds that it took, of each attendee.
        errors: everything that did not go as it should.
        peak: component -> the most memory that it used meanwhile, bytes, of all seats together.
    """

    took: float = 0.0
    steps: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    peak: Counter[str] = field(default_factory=Counter)


async def arrive(
    codes: Mapping[str, Code],
    recording: Recording,
    watched: tuple[Group, ...],
    *,
    domain: str,
    port: int,
    within: float,
) -> Arrivals:
    """Let the attendee of each code come in, spread evenly; return when all have all pages open.

    Nobody leaves before: pages stay open in a course, too.
    """
    found = Arrivals()
    together = asyncio.Barrier(len(codes))
    began = time.monotonic()

    async def attend(place: int, seat: str, code: Code) -> None:
        await asyncio.sleep(place * within / len(codes))
        host = f"{host_label(seat)}.{domain}"
        browser = Browser(host, port, lambda said: found.errors.append(f"{seat}: {said}"))
        async with browser:
            for step, visit in recording.items():
                found.steps[step].append(await browser.open(visit))
                if step == next(iter(recording)):
                    found.steps[CLAIM].append(await browser.claim(str(code), f"Attendee {seat}"))
            found.took = time.monotonic() - began
            await together.wait()

    looking = asyncio.create_task(_look(watched, found.peak))
    try:
        async with asyncio.TaskGroup() as everybody:
            for place, (seat, code) in enumerate(codes.items()):
                everybody.create_task(attend(place, seat, code))
    finally:
        looking.cancel()
    return found


async def _look(watched: tuple[Group, ...], peak: Counter[str]) -> None:
    while True:
        for component, size in cgroups.memory_by_component(watched).items():
            peak[component] = max(peak[component], size)
        await asyncio.sleep(LOOK_SECONDS)
