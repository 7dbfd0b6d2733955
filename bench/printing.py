"""What every benchmark ends with: a file of all figures, and tables on the terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TypeVar

from pydantic import TypeAdapter
from rich.console import Console

from bench.errors import BenchError
from bench.outcome import Occasion
from bench.tables import Table
from classroom.errors import ClassroomError

FILE_WIDTH = 140

Found = TypeVar("Found", bound=Occasion)


def measure_and_print(
    measured: Generator[Found, None, None],
    tables: Callable[[Found], Iterable[Table]],
    file: Path | None,
) -> None:
    """Measure, write, print; end with 1 when a measurement could not be made.

    What there is so far is written each time that more is there: who interrupts the last hour
    keeps the first.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    found = None
    try:
        with closing(measured):
            for found in measured:
                _keep(found, file)
    except (BenchError, ClassroomError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        kept = f"; {file} has what was measured before" if found and file else ""
        sys.exit(f"bench: interrupted; its classroom is removed{kept}")
    if found:
        _print(tables(found))


def _keep(found: Occasion, file: Path | None) -> None:
    if file:
        file.write_bytes(TypeAdapter(type(found)).dump_json(found, indent=1) + b"\n")


def _print(tables: Iterable[Table]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    for table in tables:
        console.print(table)
        console.print()


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Clean up on SIGTERM too."""
    raise KeyboardInterrupt
