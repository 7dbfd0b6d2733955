"""The console's door and its orders, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from classroom.cards.admission import admit, expected
from classroom.cards.folder import CardsFolder
from classroom.cards.sheet import Card
from classroom.errors import RefusedError
from classroom.operator import Enrolled, Operator, Register
from classroom.probe.target import Frontdoor
from classroom.spec import codes, hashing, keys
from classroom.spec.model import Attendee, ClassFile, Ports
from classroom.spec.secret import Secret
from classroom.spec.verbs import Verb
from portal import actions
from portal.context import Context
from portal.store.sessions import MOST_DEVICES, Kind
from tests.room import WORD, Room, code_of


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Room]:
    found = Room(tmp_path, seats=4)
    yield found
    found.stop()


def client(portal: Room, label: str = "console", **headers: str) -> httpx.Client:
    """A browser's requests to one host; getaddrinfo does not know names below localhost."""
    port = portal.settings.port
    origin = portal.settings.url(label)
    host = origin.removeprefix("http://")
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"host": host, "origin": origin, **headers}
    )


@pytest.fixture
def instructor(portal: Room) -> Iterator[httpx.Client]:
    with client(portal) as found:
        assert found.post("/login", data={"password": WORD}).status_code == 303
        yield found


def claim(portal: Room, number: int, code: str, **fields: str) -> httpx.Response:
    with client(portal, f"s{number:02d}") as visitor:
        return visitor.post("/claim", data={"code": code, "name": "Ada", **fields})


def orders(portal: Room) -> list[tuple[str, str]]:
    found = portal.do(lambda context: context.store.verbs.take(context.clock()))
    return [(order.verb.value, order.seat) for order in found]


def generation(portal: Room, name: str) -> int:
    seat = portal.do(lambda context: context.store.seats.get(name))
    assert seat is not None
    return seat.generation


def stored(portal: Room) -> bytes:
    """Everything on disk: database, its log, audit log."""
    return b"".join(path.read_bytes() for path in portal.settings.data.iterdir())


def test_nobody_gets_anything_without_the_password(portal: Room) -> None:
    posts = ["announcement", *(f"seats/seat-01/{w}" for w in ("open", "release", "reissue"))]
    with client(portal) as visitor:
        page = visitor.get("/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login")
        assert [visitor.get(p).status_code for p in ("/", "/events", "/session")] == [401] * 3
        assert [visitor.post(f"/{p}", json={}).status_code for p in posts] == [401] * len(posts)
        visitor.cookies.set("console", "x" * 43)
        assert visitor.get("/session").status_code == 401
    assert orders(portal) == []


def test_the_cookie_stays_on_its_host_and_out_of_scripts(portal: Room) -> None:
    with client(portal) as visitor:
        cookie = visitor.post("/login", data={"password": WORD}).headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie


def test_guessing_is_slowed_down_for_who_guesses(portal: Room) -> None:
    with client(portal) as visitor:
        guesses = [visitor.post("/login", data={"password": "x"}) for _ in range(11)]
        assert [g.status_code for g in guesses] == [403] * 10 + [429]
        assert 0 < int(guesses[-1].headers["retry-after"]) <= 60
    with client(portal, **{"x-forwarded-for": "192.0.2.7"}) as other:
        assert other.post("/login", data={"password": "x"}).status_code == 403
    # An instructor behind the same address is not kept out by who plays with the form.
    with client(portal) as instructor:
        assert instructor.post("/login", data={"password": WORD}).status_code == 303
    audit = (portal.settings.data / "audit.jsonl").read_text()
    assert "wrong password" in audit
    assert WORD not in audit


def test_the_console_has_so_many_sessions_and_the_oldest_ends_first(portal: Room) -> None:
    def open_one(context: Context) -> str:
        return context.store.console_sessions.open(context.clock())

    first, *others = [portal.do(open_one) for _ in range(MOST_DEVICES + 1)]
    with client(portal) as visitor:
        for token, status in ((first, 401), (others[0], 200), (others[-1], 200)):
            cookie = {"cookie": f"console={token}"}
            assert visitor.get("/session", headers=cookie).status_code == status


def test_a_new_password_ends_every_session(portal: Room, instructor: httpx.Client) -> None:
    assert instructor.get("/session").status_code == 200
    portal.do(lambda context: actions.set_password(context, hashing.hashed("another")))
    assert instructor.get("/session").status_code == 401


def test_whatever_is_done_is_in_the_audit_log_with_where_from(
    portal: Room, instructor: httpx.Client
) -> None:
    there = {"x-forwarded-for": "192.0.2.7"}
    portal.do(lambda c: c.store.sessions.open("seat-01", Kind.ATTENDEE, "Ada", c.clock()))
    orders = {"verb": "stop-workers"}
    for path, body in (
        ("seats/seat-01/open", {}),
        ("seats/seat-01/reissue", {}),
        ("seats/seat-01/release", {}),
        ("seats/seat-01/orders", orders),
        ("announcement", {"text": "Lunch"}),
        ("logout", {}),
        ("seats/seat-01/release", {}),
    ):
        instructor.post(f"/{path}", json=body, headers=there)
    lines = (portal.settings.data / "audit.jsonl").read_text().splitlines()
    _, *told = map(json.loads, lines)
    assert [line["event"] for line in told] == [
        "helper called",
        "rotated",
        "released",
        "asked",
        "announced",
        "console logout",
        "refused",
    ]
    assert {line["source"] for line in told} == {"192.0.2.7"}
    assert told[-1]["reason"] == "not logged in"


def test_logging_out_ends_the_session_itself(instructor: httpx.Client) -> None:
    cookie = instructor.cookies["console"]
    assert instructor.post("/logout").status_code == 303
    instructor.cookies.set("console", cookie)
    assert instructor.get("/session").status_code == 401


def test_a_sibling_page_and_a_second_cookie_are_refused(instructor: httpx.Client) -> None:
    foreign = {"origin": str(instructor.headers["origin"]).replace("console", "s01")}
    assert instructor.post("/seats/seat-01/release", json={}, headers=foreign).status_code == 403
    cookie = f"console={instructor.cookies['console']}; console=tossed"
    assert instructor.get("/session", headers={"cookie": cookie}).status_code == 401


def test_a_new_code_replaces_the_old_one(portal: Room, instructor: httpx.Client) -> None:
    portal.do(lambda c: c.store.sessions.open("seat-01", Kind.ATTENDEE, "Ada", c.clock()))
    before = generation(portal, "seat-01")
    made = instructor.post("/seats/seat-01/reissue").json()
    assert (made["seat"], made["attendee"]) == ("seat-01", "Ada")
    assert claim(portal, 1, code_of(1)).status_code == 403
    assert portal.do(lambda c: c.store.sessions.of_seat("seat-01", c.clock())) == []
    assert orders(portal) == [("cut", "seat-01")]
    assert claim(portal, 1, made["code"]).status_code == 303
    assert generation(portal, "seat-01") == before + 1
    assert made["code"].encode() not in stored(portal)


def test_a_release_ends_sessions_and_keeps_the_code(portal: Room, instructor: httpx.Client) -> None:
    assert claim(portal, 1, code_of(1)).status_code == 303
    assert instructor.post("/seats/seat-01/release").status_code == 200
    assert portal.do(lambda c: c.store.sessions.of_seat("seat-01", c.clock())) == []
    assert orders(portal) == [("cut", "seat-01")]
    assert claim(portal, 1, code_of(1)).status_code == 303


def test_an_attendee_gets_a_spare_seat_in_their_name(
    portal: Room, instructor: httpx.Client
) -> None:
    assert claim(portal, 1, code_of(1)).status_code == 303
    made = instructor.post("/seats/seat-01/move", json={"to": "seat-03"}).json()
    assert (made["seat"], made["attendee"], made["code"][:3]) == ("seat-03", "Ada", "03-")
    assert claim(portal, 3, made["code"]).status_code == 303
    # Their old seat stays as it is.
    assert len(portal.do(lambda c: c.store.sessions.of_seat("seat-01", c.clock()))) == 1
    again = instructor.post("/seats/seat-01/move", json={"to": "seat-03"})
    assert (again.status_code, again.text) == (409, "seat-03 is no longer spare.\n")
    assert instructor.post("/seats/seat-04/move", json={"to": "seat-02"}).status_code == 409


def test_two_who_want_the_same_spare_seat_do_not_both_get_it(portal: Room) -> None:
    async def both(context: Context) -> list[codes.Code | None]:
        moves = [actions.move(context, s, "seat-03", s) for s in ("seat-01", "seat-02")]
        return list(await asyncio.gather(*moves))

    made = portal.wait(both)
    assert [code is not None for code in made] in ([True, False], [False, True])
    assert claim(portal, 3, str(next(filter(None, made)))).status_code == 303


def door(portal: Room) -> Frontdoor:
    """The portal as this machine's commands reach it."""
    settings = portal.settings
    key = Secret(keys.operator_key(settings.signing_key))
    return Frontdoor("127.0.0.1", Ports(http=settings.port), settings.domain, operator=key)


def admitted(portal: Room, folder: Path, *attendees: str, agreed: bool = False) -> Register:
    """Let the attendees in, as every provision does; return what the portal knows then."""
    seats = {f"seat-{number:02d}": True for number in range(1, 5)}
    class_file = ClassFile(seats=4, attendees=tuple(map(Attendee, attendees)))
    admit(door(portal), class_file, folder, planned=seats, in_play=seats, agreed=agreed)
    return Operator(door(portal)).register()


def test_a_seat_that_somebody_was_moved_to_stays_theirs_through_a_provision(
    portal: Room, instructor: httpx.Client, tmp_path: Path
) -> None:
    cards = CardsFolder(tmp_path, "temporal")
    cards.write(tuple(Card(codes.new_code(number), "", "") for number in range(1, 5)))
    before = admitted(portal, tmp_path, "Ada", "Grace")
    made = instructor.post("/seats/seat-01/move", json={"to": "seat-03"}).json()
    # A provision that had asked who is who before the move knows nothing of it.
    Operator(door(portal)).enrol({s: Enrolled(who.attendee) for s, who in before.seats.items()})
    register = admitted(portal, tmp_path, "Ada", "Grace")
    assert register.seats["seat-03"].attendee == "Ada"
    printed = [line.split(",")[1] for line in cards.csv.read_text().splitlines()[1:]]
    assert printed == ["Ada", "Grace", "Ada", ""]
    # The console does not offer it to anybody else, and the code that it showed is still good.
    assert instructor.post("/seats/seat-02/move", json={"to": "seat-03"}).status_code == 409
    assert claim(portal, 3, made["code"]).status_code == 303
    assert expected(ClassFile(), "seat-03", register) == "Ada"
    assert expected(ClassFile(), "seat-02", register) == "", "the list names her no more"


def test_it_is_spare_again_after_a_release_and_the_lists_where_the_list_names_somebody(
    portal: Room, instructor: httpx.Client, tmp_path: Path
) -> None:
    admitted(portal, tmp_path, "Ada")
    for spare in ("seat-03", "seat-04"):
        assert instructor.post("/seats/seat-01/move", json={"to": spare}).status_code == 200
    assert instructor.post("/seats/seat-03/release").status_code == 200
    assert instructor.post("/seats/seat-01/release").status_code == 200
    seats = admitted(portal, tmp_path, "Ada").seats
    assert [seat.attendee for seat in seats.values()] == ["Ada", "", "", "Ada"]
    everybody = ("Ada", "Grace", "Alan", "Barbara")
    with pytest.raises(RefusedError, match="seat-04: Barbara instead of Ada"):
        admitted(portal, tmp_path, *everybody)
    seats = admitted(portal, tmp_path, *everybody, agreed=True).seats
    assert [seat.attendee for seat in seats.values()] == ["Ada", "Grace", "Alan", "Barbara"]
    assert not any(seat.moved for seat in seats.values())


def test_only_the_closed_list_reaches_the_host(portal: Room, instructor: httpx.Client) -> None:
    def ask(seat: str, **body: object) -> int:
        return instructor.post(f"/seats/{seat}/orders", json=body).status_code

    assert ask("seat-01", verb="restart", component="grafana") == 202
    assert ask("seat-02", verb="stop-workers") == 202
    refused: list[dict[str, object]] = [
        {"verb": "restart"},
        {"verb": "restart", "component": "ingress"},
        {"verb": "restart", "component": "grafana; id"},
        {"verb": "stop-workers", "component": "grafana"},
        {"verb": "exec"},
        {"verb": ["restart"]},
        {},
    ]
    assert [ask("seat-01", **body) for body in refused] == [400] * len(refused)
    assert ask("seat-99", verb="stop-workers") == 404
    assert orders(portal) == [("restart", "seat-01"), ("stop-workers", "seat-02")]


def test_a_helper_enters_once_and_it_is_written_down(
    portal: Room, instructor: httpx.Client
) -> None:
    url, _, token = instructor.post("/seats/seat-02/open").json()["url"].partition("#helper=")
    assert url == f"{portal.settings.seat_url('seat-02')}/claim"
    assert claim(portal, 2, "", helper=token).status_code == 303
    assert claim(portal, 2, "", helper=token).status_code == 403
    (session,) = portal.do(lambda c: c.store.sessions.of_seat("seat-02", c.clock()))
    assert session.kind is Kind.HELPER
    audit = (portal.settings.data / "audit.jsonl").read_text()
    events = [json.loads(line)["event"] for line in audit.splitlines()]
    assert [e for e in events if e.startswith("helper")] == ["helper called", "helper entered"]
    assert token.encode() not in stored(portal)


def test_an_announcement_comes_and_goes(portal: Room, instructor: httpx.Client) -> None:
    for text in ("Lunch at noon", ""):
        assert instructor.post("/announcement", json={"text": text}).status_code == 200
        assert text in portal.do(lambda c: c.store.notes.get("announcement"))
    assert instructor.post("/announcement", json={"text": "x" * 501}).status_code == 400
    assert instructor.post("/announcement", json={"text": 7}).status_code == 400


HALF = b'"\\ud800"'
"""Half of a character, as JSON can spell it."""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/announcement", b'{"text": %b}' % HALF),
        ("/announcement", b'{"text": "Lunch", %b: 1}' % HALF),
        ("/seats/seat-01/move", b'{"to": %b}' % HALF),
        ("/seats/seat-01/orders", b'{"verb": "restart", "component": %b}' % HALF),
    ],
)
def test_half_a_character_is_refused_and_no_home_breaks(
    portal: Room, instructor: httpx.Client, path: str, body: bytes
) -> None:
    assert claim(portal, 1, code_of(1)).status_code == 303
    assert instructor.post(path, content=body).status_code == 400
    with client(portal, "s01") as visitor:
        visitor.post("/claim", data={"code": code_of(1), "name": "Ada"})
        assert visitor.get("/", headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b"1" * 2**21, 413)]
)
def test_what_is_no_json_object_is_refused_in_words(
    instructor: httpx.Client, body: bytes, status: int
) -> None:
    answer = instructor.post("/seats/seat-01/orders", content=body)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_the_stream_tells_the_room_then_changes_then_its_end(
    portal: Room, instructor: httpx.Client
) -> None:
    with instructor.stream("GET", "/events", timeout=20) as stream:
        events = _events(stream)
        kind, world = next(events)
        assert (kind, list(world["seats"])) == (
            "world",
            ["seat-01", "seat-02", "seat-03", "seat-04"],
        )
        portal.do(lambda c: actions.ask(c, Verb.RESTART, "seat-03", "temporal"))
        kind, patch = next(event for event in events if event[0] != "beat")
        assert (kind, list(patch["seats"]), patch["room"]) == ("patch", ["seat-03"], {})
        assert list(patch["seats"]["seat-03"]) == ["order"]
        portal.do(lambda c: actions.set_password(c, hashing.hashed("another")))
        assert [kind for kind, _ in events if kind != "beat"] == ["end"]


def _events(stream: httpx.Response) -> Iterator[tuple[str, Any]]:
    kind = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))
