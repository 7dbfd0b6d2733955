"""Other sites' pages can do nothing here, and cookies belong to one host (9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from tests.integration.conftest import Room
from tests.security.asking import Question
from tests.security.beside import beside
from tests.security.door import (
    CONSOLE,
    DOMAIN,
    PASSWORD,
    SOCKET,
    Guest,
    answers,
    claim,
    guest,
    host,
    instructor,
    new_codes,
    outside,
    url,
)

FOREIGN = (f"http://{host('seat-02')}", f"https://{host('seat-01')}", "http://evil.example", "null")
TO_A_COMPONENT = "/workspace/api/contents"


@pytest.fixture
def holder(room: Room) -> Guest:
    return guest(room, "seat-01", new_codes(room)["seat-01"])


def refused(room: Room, questions: list[Question]) -> None:
    __tracebackhide__ = True
    wrong = [
        f"{question} is answered {answer}"
        for question, answer in answers(outside(room), questions)
        if answer != "403"
    ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_a_foreign_page_reaches_no_component(room: Room, holder: Guest) -> None:
    def by(origin: str, method: str, path: str) -> Question:
        headers = {"Origin": origin, **holder.with_cookie}
        return Question(host("seat-01"), path, method, headers=headers)

    own = by(f"http://{host('seat-01')}", "WEBSOCKET", SOCKET)
    assert answers(outside(room), [own])[0][1] == "101", "not even the seat's own page"
    # JupyterLab looks at the Origin too; of others only the portal does.
    sockets = [
        by(origin, "WEBSOCKET", path) for origin in FOREIGN for path in (SOCKET, "/temporal/")
    ]
    writes = [
        by(origin, method, path)
        for origin in FOREIGN
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path in (TO_A_COMPONENT, "/api/v1/namespaces", "/temporal/")
    ]
    refused(room, [*sockets, *writes])


def test_a_foreign_page_changes_nothing_at_the_portal(room: Room, holder: Guest) -> None:
    session = instructor(room)
    forms = (
        *((host("seat-01"), path, holder.cookie) for path in ("/claim", "/home/leave")),
        *((CONSOLE, path, session) for path in ("/login", "/logout", "/announcement")),
        (CONSOLE, "/seats/seat-01/release", session),
        (DOMAIN, "/", ""),
    )
    for origin in FOREIGN:
        refused(
            room,
            [
                Question(where, path, "POST", headers={"Origin": origin, "Cookie": value})
                for where, path, value in forms
            ],
        )


@dataclass(frozen=True)
class Given:
    """A cookie that somebody was given: what for, its name, its attributes."""

    what: str
    name: str
    attributes: Morsel[str]


def given(answer: httpx.Response, what: str) -> Given:
    ((name, morsel),) = SimpleCookie(answer.headers["Set-Cookie"]).items()
    return Given(what, name, morsel)


def cookies(at: str, code: str, suffix: str = "") -> Iterator[Given]:
    """Claim seat-01 and log in to the console."""
    yield given(claim(at, "seat-01", code, f"{host('seat-01')}{suffix}"), "seat")
    headers = {"Host": f"{CONSOLE}{suffix}"}
    answer = httpx.post(f"{at}/login", headers=headers, data={"password": PASSWORD}, timeout=20)
    yield given(answer, "console")


def flaws(found: Given, *, tls: bool) -> Iterator[str]:
    attributes, strictness = found.attributes, {"seat": "lax", "console": "strict"}
    if attributes["domain"]:
        yield f"is for all of {attributes['domain']}"
    if not attributes["httponly"]:
        yield "can be read by scripts"
    if attributes["samesite"].lower() != strictness[found.what]:
        yield f"has SameSite={attributes['samesite'] or 'nothing'}"
    if attributes["path"] != "/":
        yield f"is for {attributes['path']} alone"
    if tls and not attributes["secure"]:
        yield "goes over plain HTTP too"
    if found.name != (f"__Host-{found.what}" if tls else found.what):
        yield f"is called {found.name}"


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_cookie_is_for_one_host_and_no_script(room: Room, tls: bool) -> None:
    """With TLS another portal is asked, which runs as the room's own does."""
    code = new_codes(room)["seat-01"]
    if tls:
        with beside(room) as portal:
            found = list(cookies(portal.url, portal.code, portal.suffix))
    else:
        instructor(room)
        found = list(cookies(url(room), code))
    wrong = [f"the {one.what}'s cookie {flaw}" for one in found for flaw in flaws(one, tls=tls)]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_a_session_that_somebody_planted_beside_ones_own_is_refused(
    room: Room, holder: Guest
) -> None:
    """A sibling's page can set a cookie of the same name for the whole domain."""
    both = {"Cookie": f"{holder.cookie}; seat=planted"}
    asked = Question(host("seat-01"), TO_A_COMPONENT, headers=both)
    assert answers(outside(room), [asked])[0][1] == "400"
