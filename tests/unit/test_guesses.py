"""Who guesses much is slowed down, and who knows is let in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from portal import guesses
from portal.guesses import MOST_WAITING, Guesses, Heard

MOST, IN_ALL = 3, 5
HERE = "192.0.2.7"


def told(*, right: bool) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        await asyncio.sleep(0)
        return right

    return look


RIGHT, WRONG = told(right=True), told(right=False)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "PACE_SECONDS", 0.01)


def heard_by(clock: Clock) -> Guesses:
    return Guesses(asyncio.Semaphore(2), clock, most=MOST, in_all=IN_ALL)


def test_whoever_guessed_the_right_one_is_let_in_and_no_other_key_is_slow() -> None:
    async def type_in() -> None:
        guessed = heard_by(clock := Clock())
        for _ in range(MOST):
            assert await guessed.hear("seat-07", WRONG, source=HERE) == Heard(right=False)
        assert await guessed.hear("seat-07", WRONG, source=HERE) == Heard(right=False, wait=60)
        assert await guessed.hear("seat-07", RIGHT, source=HERE) == Heard(right=True, wait=60)
        assert await guessed.hear("seat-08", RIGHT, source=HERE) == Heard(right=True)
        clock.now = 61.0
        assert await guessed.hear("seat-07", WRONG, source=HERE) == Heard(right=False)

    asyncio.run(type_in())


def test_many_keys_together_are_slow_too() -> None:
    async def type_in() -> None:
        guessed = heard_by(Clock())
        for number in range(IN_ALL):
            assert (await guessed.hear(f"seat-{number}", WRONG, source=HERE)).wait == 0
        assert await guessed.hear("seat-99", RIGHT, source=HERE) == Heard(right=True, wait=60)

    asyncio.run(type_in())


def test_a_burst_is_heard_one_after_the_other_and_what_is_too_much_not_at_all() -> None:
    looks = 0

    async def look() -> bool:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.001)
        return False

    async def type_in() -> None:
        guessed = heard_by(Clock())
        burst = [
            asyncio.create_task(guessed.hear("seat-07", look, source=HERE)) for _ in range(100)
        ]
        await asyncio.sleep(0.05)
        # A sibling's turn comes among them.
        assert await guessed.hear("seat-08", RIGHT, source=HERE) == Heard(right=True)
        answers = await asyncio.gather(*burst)
        assert sum(answer.checked for answer in answers) == looks
        # Two were being looked at when the limit was reached.
        assert MOST <= sum(not answer.wait for answer in answers) <= MOST + 1
        assert MOST_WAITING <= sum(a.checked and a.wait > 0 for a in answers) <= MOST_WAITING + 1

    asyncio.run(type_in())


def test_who_types_fastest_does_not_keep_another_address_out() -> None:
    async def type_in() -> None:
        guessed = heard_by(Clock())
        crowd = [
            asyncio.create_task(guessed.hear("seat-07", WRONG, source=HERE)) for _ in range(50)
        ]
        await asyncio.sleep(0.05)
        elsewhere = await guessed.hear("seat-07", RIGHT, source="192.0.2.8")
        assert elsewhere == Heard(right=True, wait=60)
        assert not all([(await guess).checked for guess in crowd])

    asyncio.run(type_in())


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(guesses, "PACE_SECONDS", 0.2)

    async def type_in() -> None:
        guessed = heard_by(Clock())
        for _ in range(MOST):
            await guessed.hear("seat-07", WRONG, source=HERE)
        first, second = await asyncio.gather(
            *(guessed.hear("seat-07", RIGHT, source=HERE) for _ in range(2))
        )
        assert first == Heard(right=True, wait=60)
        assert second == Heard(right=False, wait=60, checked=False)
        assert (await guessed.hear("seat-07", RIGHT, source=HERE)).right

    asyncio.run(type_in())
