"""The state behind the live board, and its text: pure, told about events, asked for lines.

The callback plugin ``board`` is the shell around it: it hears Ansible's events and owns the
terminal.
"""

from __future__ import annotations

import textwrap
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from classroom.probe.result import State

RECENT = 5
"""How many of the last things that happened the board shows."""

PREPARED = "This machine is prepared. Next: `make provision`."

BAR_WIDTH = 40
SMALLEST_WIDTH = 20


class Mark(StrEnum):
    """How far a stack is; the value is what its cell shows."""

    WAITING = "·"
    WORKING = "▸"
    DONE = "✓"
    FAILED = "✗"
    UNREACHABLE = "!"
    SKIPPED = "-"


@dataclass
class Board:
    """What is known about a run. Times are seconds of any one clock.

    Attributes:
        marks: each stack (``seat-07``, ``ingress``) in the order of the inventory.
        task: what is being done now.
        begun: when that began.
        total: how many steps it has, 0 while that is not known.
        ended: how many of them are behind us.
        shared: whether it is one step for all stacks together.
        out: stacks that failed a step: they take no part in what follows.
        missing: while all are proven: how many results of each seat are still to come.
        recent: the last things that happened, oldest first.
    """

    marks: dict[str, Mark] = field(default_factory=dict)
    task: str = ""
    begun: float = 0.0
    total: int = 0
    ended: int = 0
    shared: bool = False
    out: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))

    def join(self, stacks: Iterable[str]) -> None:
        """Add the stacks that a play is about; those known already stay as they are."""
        for stack in stacks:
            self.marks.setdefault(stack, Mark.WAITING)

    def begin(self, task: str, stacks: Iterable[str], *, shared: bool, now: float) -> None:
        """A task begins for ``stacks``: a step for each of them, or one for all (``shared``)."""
        alive = [s for s in stacks if s in self.marks and s not in self.out]
        self.task, self.begun, self.shared = task, now, shared
        self.total, self.ended = (0 if shared else len(alive)), 0
        self.marks.update(dict.fromkeys(alive, Mark.WORKING if shared else Mark.WAITING))

    def work(self, stack: str) -> None:
        """One stack's step begins."""
        if not self.shared and stack in self.marks:
            self.marks[stack] = Mark.WORKING

    def end(self, stack: str, mark: Mark, note: str) -> None:
        """One stack's step has ended, or the step for all."""
        if stack not in self.marks:
            return
        if mark in (Mark.FAILED, Mark.UNREACHABLE):
            self.out.add(stack)
        if self.shared and mark is Mark.DONE:
            working = [s for s, m in self.marks.items() if m is Mark.WORKING]
            self.marks.update(dict.fromkeys(working, Mark.DONE))
            return
        self.ended += 1
        self.marks[stack] = mark
        self.recent.append(f"{stack}  {note}")

    def expect(self, results: Mapping[str, int]) -> None:
        """The proof of all seats says how many results it will give for each of them."""
        self.missing = dict(results)
        self.total = sum(results.values())

    def result(self, event: Mapping[str, Any]) -> None:
        """The proof of all seats has come to a verdict on one component."""
        seat, state = str(event.get("seat", "")), str(event.get("state", ""))
        good = state in (State.OK, State.STOPPED)
        seen = "" if good else f": {event.get('seen', '')}"
        self.recent.append(f"{seat}  {event.get('component', '')} {state}{seen}")
        if seat not in self.missing:
            return
        self.ended += 1
        self.missing[seat] -= 1
        if not good:
            self.marks[seat] = Mark.FAILED
        elif not self.missing[seat] and self.marks[seat] is Mark.WORKING:
            self.marks[seat] = Mark.DONE

    def remaining(self, now: float) -> float | None:
        """Seconds until the task is done, if it goes on as so far; None while nobody can say."""
        if not self.ended or self.total <= self.ended:
            return None
        return (now - self.begun) / self.ended * (self.total - self.ended)


def render(board: Board, *, width: int, height: int, now: float) -> str:
    """Return the board as lines that fit into ``width`` x ``height`` characters.

    What does not fit goes in this order: the last things that happened, then the stacks.
    """
    if not board.task:
        return ""
    width = max(width, SMALLEST_WIDTH)
    head = [f"{board.task}  {clock(now - board.begun)}"]
    if board.total:
        head.append(_progress(board, width, now))
    if board.marks:
        head.append(_counts(board))
    cells = _cells(board.marks, width)
    room = height - len(head)
    if len(cells) > room:
        cells = []
    recent = [f"  {line}" for line in board.recent][-max(room - len(cells), 0) :]
    if room <= len(cells):
        recent = []
    return "\n".join(clip(line, width) for line in [*head, *cells, *recent])


def step_line(board: Board, stack: str, note: str) -> str:
    """Return the line for a stack whose step has ended, where there is no live board."""
    digits = len(str(board.total))
    return f"[{board.ended:>{digits}}/{board.total}] {stack}  {note}"


def change_note(operations: Sequence[str], seconds: float, *, check: bool) -> str:
    """Return how a stack's step went, in a few words."""
    if not operations:
        return "as planned, nothing to do"
    count = f"{len(operations)} change{'s' if len(operations) > 1 else ''}"
    return f"would need {count}" if check else f"{count} in {seconds:.1f} s"


def machine_line(state: str, text: str, seconds: float | None = None) -> str:
    """Return the line for a task on the machine itself."""
    took = "" if seconds is None else f"  {seconds:.1f} s"
    return f"  {state:<7}  {text}{took}"


def next_steps(board: Board, *, check: bool) -> str:
    """Return what to do next, for someone who ran a playbook by hand."""
    if check:
        return "Nothing was changed. Next: the same without --check."
    if not board.marks:
        return PREPARED
    open_ends = [s for s, mark in board.marks.items() if mark is not Mark.DONE]
    if not open_ends:
        return "Next: `make status` shows what exists, `make health` proves it."
    retry = f'make provision SEATS="{",".join(open_ends)}"'
    return f"Not done: {', '.join(open_ends)}. Retry just those: `{retry}`."


def cut_short(board: Board) -> str:
    """Return what a run was at when it ended before its time."""
    working = [stack for stack, mark in board.marks.items() if mark is Mark.WORKING]
    at = f" ({', '.join(working)})" if working and not board.shared else ""
    return f"The run was cut short at: {board.task or 'its beginning'}{at}."


def clock(seconds: float) -> str:
    """Return a duration as a clock shows it: ``1:05``, ``1:00:05``."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def clip(line: str, width: int) -> str:
    """Return a line cut to ``width`` characters, with a sign that it was cut."""
    return line if len(line) <= width else line[: width - 1] + "…"


def failure(title: str, result: Mapping[str, Any]) -> str:
    """Return a failure in full: what happened, where, what its program said, what to do.

    Args:
        title: the seat, or the task where there is only one host; may be empty.
        result: what Ansible returned: ``msg``, perhaps ``where``, ``remedy``, or the output of
            a command.
    """
    said = str(result.get("stderr") or result.get("stdout") or "").strip()
    lines = [
        f"{Mark.FAILED} {title}{'  ' if title else ''}{str(result.get('msg') or 'failed').strip()}",
        *(f"at: {result['where']}" for _ in range(1) if result.get("where")),
        *said.splitlines()[-20:],
        *(f"-> {result['remedy']}" for _ in range(1) if result.get("remedy")),
    ]
    return "\n    ".join("\n".join(lines).splitlines())


def _progress(board: Board, width: int, now: float) -> str:
    words = f"{board.ended} of {board.total}"
    remaining = board.remaining(now)
    if remaining is not None:
        words += f"  ETA {clock(remaining)}"
    bar = min(BAR_WIDTH, width - len(words) - 4)
    full = bar * min(board.ended, board.total) // board.total
    return f"[{'█' * full}{'░' * (bar - full)}]  {words}"


def _counts(board: Board) -> str:
    words = {
        Mark.DONE: "done",
        Mark.WORKING: "in work",
        Mark.WAITING: "waiting",
        Mark.FAILED: "failed",
        Mark.UNREACHABLE: "unreachable",
        Mark.SKIPPED: "skipped",
    }
    counts = Counter(board.marks.values())
    shown = (f"{mark} {counts[mark]} {word}" for mark, word in words.items() if counts[mark])
    return "   ".join(shown)


def _cells(marks: Mapping[str, Mark], width: int) -> list[str]:
    cells = (f"{mark}{stack.removeprefix('seat-')}" for stack, mark in marks.items())
    return textwrap.wrap(" ".join(cells), width)
