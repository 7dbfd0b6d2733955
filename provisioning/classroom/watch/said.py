"""What watch writes in its log: changes, once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from logging import Logger

from classroom.probe.result import Result
from classroom.report import summary
from classroom.report.causes import causes
from classroom.watch.depth import Part
from classroom.watch.quota import Usage

MOST_CAUSES = 10


class Said:
    """Remembers what was last said of each matter."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._last: dict[str, object] = {}

    def results(self, results: Sequence[Result]) -> None:
        """Say what is not good, when that is not what it was."""
        bad = frozenset((r.seat, r.component, r.state) for r in results if not r.good)
        if not self._news("results", bad):
            return
        self._log.info("%s", summary(results))
        for cause in causes(results)[:MOST_CAUSES]:
            self._log.info("  %s %s: %s -> %s", cause.places, cause.state, cause.seen, cause.fix)

    def usage(self, found: Mapping[Part, Usage]) -> None:
        """Say whose volume has come near its limit."""
        warned = {part: usage for part, usage in found.items() if usage.warned}
        if self._news("usage", frozenset(warned)):
            for (seat, component), usage in warned.items():
                self._log.info("%s %s: %s", seat, component, usage.words)

    def portal(self, why: str) -> None:
        """Say that the portal takes no observations, or takes them again."""
        self._matter("portal", why, "the portal does not take what was seen", "it does again")

    def volumes(self, why: str) -> None:
        """Say that the volumes can't be measured, or can again."""
        self._matter("volumes", why, "the volumes can't be measured", "they can again")

    def progress(self, seat: str, why: str) -> None:
        """Say that nobody knows how far a seat is, or that it can be read again."""
        self._matter(f"progress of {seat}", why, "it can't be read", "it can again")

    def locked(self, why: str) -> None:
        """Say that another run holds the classroom, so that nothing is started."""
        self._matter("locked", why, "nothing is started meanwhile", "the lock is free again")

    def trouble(self, why: str, error: BaseException | None = None) -> None:
        """Say that a pass failed in an unforeseen way, with where."""
        if self._news("trouble", why) and error is not None:
            self._log.error("a pass failed: %s", why, exc_info=error)

    def _matter(self, matter: str, why: str, bad: str, good: str) -> None:
        if self._news(matter, why):
            self._log.info("%s: %s", matter, f"{bad}: {why}" if why else good)

    def _news(self, matter: str, now: object) -> bool:
        before = self._last.get(matter)
        self._last[matter] = now
        return bool(now) if before is None else now != before
