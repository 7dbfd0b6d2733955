"""What a run that brought up the front door alone says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from classroom.cli.verdict import of_the_door_alone


def test_a_front_door_that_came_up_is_for_health_to_prove() -> None:
    code, said = of_the_door_alone({"ingress": {"state": "done"}})
    assert (code, "make health" in said) == (0, True)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({}, "ended before it was up\n  -> make provision SEATS=ingress"),
        (
            {"ingress": {"state": "failed", "msg": "port 80 is taken", "remedy": "free it"}},
            "port 80 is taken\n  -> free it",
        ),
    ],
)
def test_one_that_did_not_is_a_failure_with_its_remedy(
    ended: dict[str, dict[str, Any]], words: str
) -> None:
    code, said = of_the_door_alone(ended)
    assert (code, words in said) == (1, True)
