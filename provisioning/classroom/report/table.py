"""Results for a person at a terminal: a row a seat, a line a failure, the verdict last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from classroom.probe.result import Result, State
from classroom.report.causes import causes
from classroom.report.naming import printable
from classroom.report.verdict import by_seat, exit_status, summary

MARKS = {
    State.OK: ("✓", "ok", "green"),
    State.STOPPED: ("■", "stopped", "yellow"),
    State.FAILED: ("✗", "failed", "bold red"),
    State.UNKNOWN: ("?", "unknown", "magenta"),
}
"""Mark, word and colour of each state: the first two must do without the third."""

_ENDLESS = 10_000
"""Columns of a console on which any table fits."""

_ORDER = ("temporal", "worker", "prometheus", "grafana", "workspace")


@dataclass(frozen=True)
class Report:
    """A rich renderable that adapts to the console's width; made by :func:`table`."""

    results: Sequence[Result]
    without_grafana: str
    urls: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        seats = by_seat(self.results)
        if seats:
            grid = _grid(seats, {})
            wide = _grid(seats, self.urls)
            # Measured within the console's width, everything would fit.
            needed = console.measure(wide, options=options.update_width(_ENDLESS)).maximum
            fits = needed <= options.max_width
            yield wide if fits else grid
            yield Text()
            if self.urls and not fits:
                seat, url = next(iter(self.urls.items()))
                yield Text(f"Every seat has its own address; {seat}: {url}")
            yield from self._versions()
            yield Text()
        yield from _failures(self.results)
        good = exit_status(self.results) == 0
        line = summary(self.results, without_grafana=self.without_grafana)
        yield Text(printable(line), style="bold green" if good else "bold red")

    def _versions(self) -> RenderResult:
        for component in _columns(by_seat(self.results)):
            found = dict.fromkeys(
                printable(r.version) for r in self.results if r.component == component
            )
            named = ", ".join(version for version in found if version)
            source = printable(self.sources.get(component, ""))
            if named:
                yield Text(f"{component} {named}" + (f" ({source})" if source else ""))


def table(
    results: Sequence[Result],
    *,
    without_grafana: str = "",
    urls: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
) -> Report:
    """Return results as something to print on a rich console of 80 columns or more.

    Args:
        results: all of them, see :func:`~classroom.report.verdict.complete`.
        without_grafana: why the classroom has no Grafana; empty if it has, or wants, none.
        urls: each seat's address, shown as a column where it fits.
        sources: where each component's program came from, in the words of its image's label.
    """
    return Report(results, without_grafana, urls or {}, sources or {})


def _columns(seats: Mapping[str, Mapping[str, Result]]) -> list[str]:
    there = dict.fromkeys(name for components in seats.values() for name in components)
    return [n for n in _ORDER if n in there] + [n for n in there if n not in _ORDER]


def _grid(seats: Mapping[str, Mapping[str, Result]], urls: Mapping[str, str]) -> Table:
    columns = _columns(seats)
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("seat", *columns, *(("address",) if urls else ())):
        grid.add_column(name, no_wrap=True)
    for seat, components in seats.items():
        cells = [_cell(components.get(name)) for name in columns]
        grid.add_row(Text(seat), *cells, *((Text(urls.get(seat, "")),) if urls else ()))
    return grid


def _cell(result: Result | None) -> Text:
    if result is None:
        return Text("-", style="dim")
    mark, word, style = MARKS[result.state]
    return Text(f"{mark} {word}", style=style)


def _failures(results: Sequence[Result]) -> RenderResult:
    found = causes(results)
    if not found:
        return
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for cause in found:
        mark, word, style = MARKS[cause.state]
        words = Text.assemble((f"{cause.places} {word}", style), f": {cause.seen}")
        if cause.fix:
            words.append(f" -> {cause.fix}", style="bold")
        lines.add_row(Text(mark, style=style), words)
    yield lines
    yield Text()
