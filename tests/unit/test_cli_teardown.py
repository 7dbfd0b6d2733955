"""What teardown says: which seats go, and what of the machine is not to be undone yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from classroom.cli.teardown import changed, listed
from classroom.engine.machine_record import changes

RECORD = {
    "changes": {
        "engine": {"what": "the engine", "undo": "apt-get purge docker.io", "proof": "/"},
        "guard": {"what": "firewall", "undo": "iptables -F", "proof": "/", "classroom": "july"},
    }
}


@pytest.mark.parametrize(
    ("others", "engine"),
    [
        ((), "apt-get purge docker.io"),
        (("may",), "not while classroom may is here: apt-get purge docker.io"),
        (("may", "june"), "not while classrooms june, may are here: apt-get purge docker.io"),
    ],
)
def test_what_another_classroom_needs_is_not_to_be_undone_yet(
    others: Collection[str], engine: str
) -> None:
    found = changes(RECORD, classroom="july", exists=bool)
    assert changed(found, others) == [f"    the engine  ({engine})", "    firewall  (iptables -F)"]


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        ((), "no seat"),
        (("seat-01",), "1 seat (seat-01)"),
        (("seat-01", "seat-02", "seat-03"), "3 seats (seat-01 to seat-03)"),
    ],
)
def test_seats_are_listed_by_the_first_and_the_last(seats: Sequence[str], said: str) -> None:
    assert listed(seats) == said
