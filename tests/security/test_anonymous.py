"""Whoever has nothing to show is turned away, wherever they ask from (6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import pytest

from tests.integration.conftest import Room
from tests.security.asking import HEALTH, Question
from tests.security.door import (
    CONSOLE,
    DOMAIN,
    PORTS,
    SOCKET,
    Place,
    answers,
    awake,
    bearer,
    host,
    outside,
    until,
    within,
)
from tests.security.reach import Target
from tests.security.reach import answers as reached_from
from tests.security.rooms import address

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE")
TO_A_COMPONENT = (
    *("/temporal/", "/api/v1/namespaces", "/grafana/", "/prometheus/api/v1/query?query=up"),
    *("/workspace/lab", "/workspace/api/contents", "/metrics/server", "/metrics/worker"),
    *("/metrics", "/", "/nothing", "/%74emporal/", "//temporal/", "/home%2f..%2fworkspace/"),
)
OF_THE_PORTAL = {
    CONSOLE: (
        *("/", "/session", "/events", "/announcement", "/seats/seat-01/open"),
        *("/prometheus/api/v1/query?query=up", "/grafana/", "/grafana/api/ds/query"),
    ),
    f"portal.{DOMAIN}": ("/", "/operator/seats", "/operator/queue", "/operator/password"),
    DOMAIN: ("/operator/seats", "/home/events", "/claim", "/seats/seat-01/open", "/workspace/lab"),
    f"ingress.{DOMAIN}": ("/", "/operator/seats", "/temporal/", "/workspace/lab"),
}
OPEN = (
    Question(host("seat-01"), "/claim"),
    Question(CONSOLE, "/login"),
    Question(f"portal.{DOMAIN}", "/healthz"),
    Question(f"portal.{DOMAIN}", "/openapi.yaml"),
    Question(DOMAIN, "/"),
    Question(DOMAIN, "/check"),
    Question(DOMAIN, "/check/now"),
    Question(DOMAIN, "/check/socket", "WEBSOCKET"),
    Question(f"ingress.{DOMAIN}", "/healthz"),
)
"""What everybody may see; nothing of a seat or a classroom is in it."""

FOREIGN = (
    *("evil.example", "127.0.0.1", f"s01.{DOMAIN}.evil.example", f"evil-s01.{DOMAIN}"),
    *(f"s1.{DOMAIN}", f"s001.{DOMAIN}", f"s255.{DOMAIN}", f"s01.console.{DOMAIN}", f"x.{DOMAIN}"),
)

REFUSED = {"401", "403", "404", "405", "grpc UNAUTHENTICATED", "grpc UNIMPLEMENTED"}


def seat_questions(seat: str) -> Iterator[Question]:
    """Everything of a seat's that a component would answer; first what there is least of."""
    for port in PORTS:
        yield Question(host(seat), SOCKET, "WEBSOCKET", port)
        yield Question(host(seat), HEALTH, "GRPC", port)
    for port, method, path in product(PORTS, METHODS, TO_A_COMPONENT):
        if (port, path) != ("http", "/"):  # the portal's own, and asked for below
            yield Question(host(seat), path, method, port)


def portal_questions() -> Iterator[Question]:
    """Everything else: what the portal answers itself, and hosts that there are not."""
    for where, paths in OF_THE_PORTAL.items():
        for method, path in product((*METHODS, "WEBSOCKET"), (*paths, "/internal/access")):
            yield Question(where, path, method)
    for seat in ("seat-01", "seat-03"):
        yield from (Question(host(seat), p) for p in ("/", "/home/events", "/internal/access"))
        yield Question(host(seat), "/home/events", "WEBSOCKET")
    for where, port in product((*FOREIGN, *OF_THE_PORTAL), PORTS):
        if where in FOREIGN or port != "http":
            yield Question(where, "/temporal/", port=port)
            yield Question(where, HEALTH, "GRPC", port)


def turned_away(place: Place, questions: Iterable[Question], refused: set[str]) -> None:
    __tracebackhide__ = True
    lines = [
        f"{place.name}, anonymous: {question} is answered {answer}"
        for question, answer in answers(place, questions)
        if answer not in refused
    ]
    if lines:
        pytest.fail("\n".join(lines[:40]), pytrace=False)


def place_named(room: Room, name: str) -> Place:
    return outside(room) if name == "outside" else within(room, "seat-01")


@pytest.mark.parametrize("where", ["outside", "in seat-01"])
def test_nobody_reaches_a_component(room: Room, where: str) -> None:
    """In a seat the other one is asked for, and its own: where one is earns nothing."""
    awake(room)
    place = place_named(room, where)
    seats = ("seat-01",) if where == "outside" else ("seat-02", "seat-01")
    component = Question(
        host("seat-01"), "/temporal/", headers=room.opens("seat-01")
    )  # with a key this is answered, so that something is there to be reached
    until("a component", lambda: answers(place, [component])[0][1] == "200")
    for seat in seats:
        refused = {"401", "grpc UNAUTHENTICATED"}
        turned_away(place, seat_questions(seat), refused)


@pytest.mark.parametrize("where", ["outside", "in seat-01"])
def test_nobody_reaches_what_the_portal_keeps(room: Room, where: str) -> None:
    awake(room)
    place = place_named(room, where)
    turned_away(place, portal_questions(), REFUSED)
    seen = {str(question): answer for question, answer in answers(place, OPEN)}
    assert set(seen.values()) == {"200", "101"}, seen


@pytest.mark.parametrize(("component", "port"), [("portal", 8000), ("prometheus", 9090)])
def test_nobody_reaches_what_is_behind_the_ingress(room: Room, component: str, port: int) -> None:
    behind = Target("tcp", address(room, f"{room.name}-ingress-{component}", "ingress"), port)
    asks = f"{room.name}-seat-01-workspace"
    found = reached_from(room.client, asks, [behind])[behind]
    assert found.startswith("!"), f"seat-01 reaches the {component} itself: {found}"


def test_a_key_of_nobodys_is_none(room: Room) -> None:
    awake(room)
    made_up = ("", "x", *(f"{kind}-{'A' * 43}" for kind in ("tk-01", "pk-01", "ok", "mk")))
    questions = [Question(host("seat-01"), "/temporal/", headers=bearer(key)) for key in made_up]
    questions += [Question(host("seat-01"), HEALTH, "GRPC", headers=bearer(made_up[2]))]
    questions += [
        Question(host("seat-01"), "/prometheus/federate", headers=bearer(made_up[-1])),
        Question(f"portal.{DOMAIN}", "/operator/seats", headers=bearer(f"ok-{'A' * 43}")),
        Question(host("seat-01"), "/temporal/", headers={"Cookie": "seat=" + "A" * 43}),
        Question(CONSOLE, "/session", headers={"Cookie": "console=" + "A" * 43}),
    ]
    turned_away(outside(room), questions, REFUSED)
