"""End what old codes hold open: a new code refuses who comes, and ends no terminal by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from classroom.engine import client as engine
from classroom.engine.cut import cut
from classroom.errors import ClassroomError

AT_ONCE = 4
"""Containers of a second's life each, on a machine where seats are at work."""


def end_what_is_open(
    classroom: str, seats: Collection[str]
) -> tuple[int, Mapping[str, ClassroomError]]:
    """Cut seats off; return how many connections ended, and seat -> why it could not be done."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = dict(zip(seats, pool.map(lambda seat: _cut(classroom, seat), seats), strict=True))
    ended = sum(result for result in done.values() if isinstance(result, int))
    return ended, {seat: why for seat, why in done.items() if isinstance(why, ClassroomError)}


def _cut(classroom: str, seat: str) -> int | ClassroomError:
    try:
        with closing(engine.connect()) as client:
            return cut(client, classroom, seat)
    except ClassroomError as error:
        return error
