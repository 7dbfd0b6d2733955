"""Which seats `SEATS=` names."""

from __future__ import annotations

import pytest

from classroom.engine.planning import chosen
from classroom.errors import UsageError

THERE = ["ingress", "seat-01", "seat-02", "seat-10"]


def test_names_come_with_commas_or_blanks_and_nothing_means_all() -> None:
    assert chosen("seat-02,ingress", THERE) == {"seat-02", "ingress"}
    assert chosen(" seat-02  seat-10 ", THERE) == {"seat-02", "seat-10"}
    assert chosen("", THERE) == set(THERE)


@pytest.mark.parametrize("seats", [",", " ", ", ,"])
def test_what_names_nobody_does_not_mean_everybody(seats: str) -> None:
    with pytest.raises(UsageError, match="it names no seat") as refused:
        chosen(seats, THERE)
    assert refused.value.remedy == "seats are seat-01 to seat-10"


@pytest.mark.parametrize(
    ("seats", "remedy"),
    [
        ("2", "did you mean seat-02?"),
        ("s02", "did you mean seat-02?"),
        ("SEAT-02", "did you mean seat-02?"),
        ("seat-002 10", "did you mean seat-02, seat-10?"),
        ("seat-03", "seats are seat-01 to seat-10"),
        ("2,Ada", "seats are seat-01 to seat-10"),
        ("9" * 5000, "seats are seat-01 to seat-10"),
    ],
)
def test_another_spelling_is_answered_with_the_right_one(seats: str, remedy: str) -> None:
    with pytest.raises(UsageError, match="there is no ") as refused:
        chosen(seats, THERE)
    assert refused.value.remedy == remedy


def test_a_classroom_without_seats_says_so() -> None:
    with pytest.raises(UsageError) as refused:
        chosen("seat-01", ["ingress"])
    assert refused.value.remedy == "there are no seats"
