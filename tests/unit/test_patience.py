"""When the proof stops waiting, and what it starts anew before."""

from __future__ import annotations

import pytest

from classroom.probe.patience import (
    SILENCE_SECONDS,
    STANDSTILL_SECONDS,
    Look,
    frozen,
    hopeless,
)

ONE = frozenset({"seat-01"})
TWO = ONE | {"seat-02"}


@pytest.mark.parametrize(
    ("look", "given_up"),
    [
        (Look(waiting=TWO, looping=frozenset(), standstill=0, silence=0), False),
        (Look(waiting=TWO, looping=ONE, standstill=0, silence=0), False),
        (Look(waiting=ONE, looping=TWO, standstill=0, silence=0), True),
        (Look(waiting=ONE, looping=frozenset(), standstill=STANDSTILL_SECONDS, silence=0), True),
        (Look(waiting=ONE, looping=frozenset(), standstill=0, silence=SILENCE_SECONDS), True),
    ],
)
def test_waiting_ends_when_nothing_can_come(look: Look, given_up: bool) -> None:
    assert hopeless(look) is given_up


def test_what_others_need_is_restarted_first_and_never_where_people_work() -> None:
    waiting = {
        "seat-01": ("temporal", "prometheus", "workspace"),
        "seat-02": ("grafana", "prometheus"),
        "seat-03": ("workspace",),
        "seat-04": (),
    }
    assert frozen(waiting) == [("seat-01", "temporal"), ("seat-02", "prometheus")]
