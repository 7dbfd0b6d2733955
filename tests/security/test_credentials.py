"""What opens seat 1 opens nothing else (7)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classroom.plan.names import seat_name
from tests.integration.conftest import Room
from tests.security.asking import HEALTH, Question
from tests.security.door import (
    CONSOLE,
    DOMAIN,
    PORTS,
    SOCKET,
    Guest,
    answers,
    bearer,
    guest,
    helper_token,
    host,
    new_codes,
    outside,
)

COMPONENT = "/workspace/api/contents"
INSIDE = ("/temporal/", "/api/v1/namespaces", "/prometheus/api/v1/query?query=up", COMPONENT)
OF_ITS_HOME = ("/", "/home/events")
SEATS = 70

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def holder(room: Room) -> Guest:
    """Somebody who has claimed seat-01."""
    return guest(room, "seat-01", new_codes(room)["seat-01"])


def headers_of(room: Room, holder: Guest) -> dict[str, dict[str, str]]:
    """Everything that opens seat-01, by what it is called."""
    return {
        "session": holder.with_cookie,
        "API key": holder.with_key,
        "probe key": room.opens("seat-01"),
    }


def everything_at(seat: str, headers: dict[str, str]) -> Iterator[Question]:
    for port in PORTS:
        for path in INSIDE:
            for method in ("GET", "POST", "DELETE"):
                yield Question(host(seat), path, method, port, headers)
        yield Question(host(seat), SOCKET, "WEBSOCKET", port, headers)
        yield Question(host(seat), HEALTH, "GRPC", port, headers)
    for path in OF_ITS_HOME:
        yield Question(host(seat), path, headers=headers)


def test_seat_1s_credentials_open_no_other(room: Room, holder: Guest) -> None:
    wrong = []
    for what, headers in headers_of(room, holder).items():
        own = Question(host("seat-01"), COMPONENT, headers=headers)
        call = Question(host("seat-01"), HEALTH, "GRPC", "grpc", headers)
        found = answers(outside(room), [own, call, *everything_at("seat-02", headers)])
        assert [answer for _, answer in found[:2]] == ["200", "grpc OK"], what
        wrong += [
            f"seat-01's {what}: {question} is answered {answer}"
            for question, answer in found[2:]
            if answer not in ("403", "grpc PERMISSION_DENIED")
        ]
    if wrong:
        pytest.fail("\n".join(wrong[:40]), pytrace=False)


def test_seat_1s_credentials_open_none_of_the_other_69(room: Room, holder: Guest) -> None:
    """Nor the console, the operator's API or a seat that there is not."""
    wrong = []
    for what, headers in headers_of(room, holder).items():
        others = [host(seat_name(number)) for number in range(2, SEATS + 1)]
        questions = [Question(other, "/temporal/", headers=headers) for other in others]
        questions += [
            Question(CONSOLE, "/session", headers=headers),
            Question(f"portal.{DOMAIN}", "/operator/seats", headers=headers),
        ]
        wrong += [
            f"seat-01's {what}: {question} is answered {answer}"
            for question, answer in answers(outside(room), questions)
            if answer not in ("401", "403", "404")
        ]
    if wrong:
        pytest.fail("\n".join(wrong[:40]), pytrace=False)


def relabelled(room: Room, holder: Guest) -> dict[str, Question]:
    """Seat-01's credentials, made to say that they are seat-02's."""
    probe = room.opens("seat-01")["Authorization"].removeprefix("Bearer pk-01-")

    def shown(key: str) -> Question:
        return Question(host("seat-02"), COMPONENT, headers=bearer(key))

    def posted(form: str) -> Question:
        return Question(host("seat-02"), "/claim", "POST", headers=FORM, body=form)

    return {
        "API key": shown(holder.api_key.replace("tk-01-", "tk-02-")),
        "API key as a probe's": shown(holder.api_key.replace("tk-01-", "pk-02-")),
        "probe key": shown(f"pk-02-{probe}"),
        "code": posted(f"name=Eve&code=02{holder.code[2:]}"),
        "helper's token": posted(f"helper={helper_token(room, 'seat-01')}"),
    }


def test_nor_do_they_under_another_seats_number(room: Room, holder: Guest) -> None:
    asked = relabelled(room, holder)
    found = answers(outside(room), asked.values())
    wrong = [
        f"seat-01's {what} under seat-02's number is answered {answer}"
        for what, (_, answer) in zip(asked, found, strict=True)
        if answer not in ("401", "403")
    ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
