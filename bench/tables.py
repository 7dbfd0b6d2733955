"""What was measured, as tables of plain text cells; a terminal and a page both show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Column
from rich.table import Table as RichTable

from bench.budgets import FULL, IDLE_CORES, MB, Row, rows
from bench.idle import mean
from bench.outcome import Growth, Memory, Occasion, Outcome


@dataclass(frozen=True)
class Table:
    """A title, column heads and rows of cells, as many as there are heads."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show it in a terminal."""
        columns = [Column(head, no_wrap=True) for head in self.heads[:-1]]
        columns.append(Column(self.heads[-1], overflow="fold"))
        table = RichTable(*columns, title=self.title, title_justify="left", box=SIMPLE_HEAD)
        for line in self.lines:
            table.add_row(*line)
        yield table

    def markdown(self) -> str:
        """Return it for a page."""
        lines = [self.heads, tuple("---" for _ in self.heads), *self.lines]
        return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)


def tables(outcome: Outcome) -> Iterator[Table]:
    """Yield every table there are figures for, the budgets first."""
    heads = ("what", "budget", "measured", "verdict")
    lines = tuple((r.what, r.budget, r.measured, _verdict(r)) for r in rows(outcome))
    yield Table(f"{outcome.seats} seats: budgets", heads, lines)
    yield _processor(outcome)
    if outcome.memory:
        yield _memory(outcome)
    if outcome.idle:
        yield _idle(outcome)
    if outcome.growth and outcome.memory:
        yield _growth(outcome)
    yield how(outcome)


def _verdict(row: Row) -> str:
    return "" if row.meets is None else "meets" if row.meets else "misses"


def _processor(outcome: Outcome) -> Table:
    """Where a machine is busy anyway, processor seconds say more than the clock."""
    lines = [
        (
            what,
            str(len(samples)),
            f"{median(s.busy for s in samples):.1f}",
            f"{median(s.busy for s in samples) / outcome.seats:.2f}",
            f"{median(s.own for s in samples):.1f}",
        )
        for what, samples in {**outcome.made, **outcome.steps}.items()
    ]
    heads = ("what", "runs", "CPU s", "a seat", "of the commands alone")
    title = f"{outcome.seats} seats: CPU seconds, all cores together, medians"
    return Table(title, heads, tuple(lines))


def _memory(outcome: Outcome) -> Table:
    heads = ("MB a seat, after", *(f"{m.after / 60:.0f} min" for m in outcome.memory))
    names = {name: "" for memory in outcome.memory for name in memory.components}
    lines = [
        (name, *(_mb(m.components.get(name, 0), outcome.seats) for m in outcome.memory))
        for name in names
    ]
    lines.append(("shims", *(_mb(m.shims, outcome.seats) for m in outcome.memory)))
    lines.append(
        ("kernel, engine and the rest", *(_mb(_rest(m), outcome.seats) for m in outcome.memory))
    )
    lines.append(("all in", *(_mb(m.host, outcome.seats) for m in outcome.memory)))
    return Table(f"{outcome.seats} seats: memory", heads, tuple(lines))


def _rest(memory: Memory) -> int:
    return memory.host - sum(memory.components.values()) - memory.shims


def _mb(size: float, seats: int) -> str:
    return f"{size / seats / MB:.0f}"


def _idle(outcome: Outcome) -> Table:
    """In % of one core and seat, so that sizes can be compared."""
    first, last = outcome.idle[: len(outcome.idle) // 3], outcome.idle[-len(outcome.idle) // 3 :]
    columns = [mean(part or outcome.idle) for part in (outcome.idle, first, last)]

    def line(name: str, cores: list[float]) -> tuple[str, ...]:
        return (name, *(f"{c / outcome.seats * 100:.3f}" for c in cores))

    lines = [line(name, [c.parts[name] for c in columns]) for name in columns[0].parts]
    everything = [c.machine - outcome.load_before for c in columns]
    rest = [e - sum(c.parts.values()) for e, c in zip(everything, columns, strict=True)]
    lines += [line("kernel and the rest", rest), line("all in", everything)]
    lines.append(("budget", *[f"{IDLE_CORES / FULL * 100:.3f}"] * len(columns)))
    heads = ("% of one core a seat", f"0 to {len(outcome.idle)} min", "first third", "last third")
    return Table(f"{outcome.seats} seats, idle", heads, tuple(lines))


def _growth(outcome: Outcome) -> Table:
    """The other sizes, and the one that everything else was measured with."""
    grown = [
        *outcome.growth,
        Growth(outcome.seats, outcome.made["provision"][-1], outcome.memory[0]),
    ]
    heads = ("seats", "provision", "s a seat", "CPU s a seat", "MB a seat")
    lines = tuple(
        (
            str(g.seats),
            f"{g.provision.seconds:.1f} s",
            f"{g.provision.seconds / g.seats:.2f}",
            f"{g.provision.busy / g.seats:.2f}",
            _mb(g.memory.host, g.seats),
        )
        for g in sorted(grown, key=lambda g: g.seats)
    )
    return Table("growth, each size from nothing, memory after a minute", heads, lines)


def how(outcome: Occasion) -> Table:
    """Return where and of what it was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in outcome.versions.items())
    lines = (
        ("machine", outcome.machine),
        ("busy with other things", f"{outcome.load_before:.2f} cores, before it began"),
        ("versions", versions),
        ("seats at a time", str(outcome.at_once)),
        ("begun", outcome.at),
        ("command", outcome.command),
    )
    return Table("how", ("", ""), lines)
