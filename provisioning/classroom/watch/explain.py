"""What the host knows of a component that is not well, added to what the probe saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from classroom.engine.crashes import Crash
from classroom.plan import names
from classroom.probe.reply import clip
from classroom.probe.result import Result
from classroom.watch.reviving import Attempts


def with_crashes(results: Iterable[Result], crashed: Sequence[Crash]) -> list[Result]:
    """Return the results; a bad one with what the engine knows of its container's crashes."""
    known = {(crash.seat, crash.component): crash for crash in crashed}
    return [_explained(r, known.get((r.seat, r.component))) for r in results]


def _explained(result: Result, crash: Crash | None) -> Result:
    if crash is None or result.good:
        return result
    seen = f"{result.seen}; it has ended {crash.times} times, last with exit code {crash.code}"
    fix = f"make logs SEAT={crash.seat} COMPONENT={crash.component} says more"
    if crash.out_of_memory:
        seen += ", out of memory"
        fix = f"raise components.{crash.component}.memory in classroom.yml; {fix}"
    elif crash.words:
        seen += f", saying: {clip(crash.words)}"
    return replace(result, seen=seen, fix=fix)


def with_attempts(
    results: Iterable[Result], attempts: Mapping[str, Attempts], classroom: str
) -> list[Result]:
    """Return the results; a bad one with how often watch has started its container in vain."""
    return [
        _tried(r, attempts.get(names.container_name(classroom, r.seat, r.component)))
        for r in results
    ]


def _tried(result: Result, found: Attempts | None) -> Result:
    if result.good or found is None or found.count < 2:  # noqa: PLR2004 - once is no pattern
        return result
    tried = f"watch has started it {found.count} times, the next time after {found.pause:.0f} s"
    return replace(result, seen=f"{result.seen}; {tried}")
