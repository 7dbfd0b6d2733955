"""Codes, sessions and passwords: kept as hashes, out of addresses, and not to be guessed (13)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from portal.console.login import WRONG_PER_SOURCE
from portal.seat.claim import WRONG_CODES_PER_SEAT
from tests.integration.conftest import Room
from tests.security.beside import Beside, beside
from tests.security.door import (
    CONSOLE,
    DOMAIN,
    PASSWORD,
    claim,
    guest,
    helper_token,
    host,
    instructor,
    new_codes,
    order,
    url,
)
from tests.security.test_containers import nothing_found

SEE_OTHER, TOO_MANY = 303, 429


def test_they_are_kept_as_hashes(room: Room) -> None:
    codes = new_codes(room)
    holder = guest(room, "seat-01", codes["seat-01"])
    session = instructor(room)
    reissued = order(room, session, "/seats/seat-02/reissue").json()["code"]
    kept = kept_by_the_portal(room)
    assert b"$argon2id$" in kept
    secrets = {
        "seat-01's code": holder.code,
        "seat-02's code, which the console made": reissued,
        "seat-01's session": holder.cookie.partition("=")[2],
        "seat-01's API key": holder.api_key,
        "the console's session": session.partition("=")[2],
        "the console's password": PASSWORD,
    }
    nothing_found(f"the portal keeps {k}" for k, v in secrets.items() if v.encode() in kept)


def kept_by_the_portal(room: Room) -> bytes:
    folder = Path(room.client.inspect_volume(f"{room.name}-ingress-portal-data")["Mountpoint"])
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_they_travel_in_fragments_and_bodies_alone(room: Room) -> None:
    code = new_codes(room)["seat-01"]
    token = helper_token(room, "seat-01")
    nothing_found(f"{what} {flaw}" for what, flaw in travels(room, code, token))


def travels(room: Room, code: str, token: str) -> Iterator[tuple[str, str]]:
    sent = httpx.post(url(room), headers={"Host": DOMAIN}, data={"code": code}, timeout=20)
    if code in sent.headers["Location"].partition("#")[0]:
        yield "the front page", "sends a code on in the address that is asked for"
    called = order(room, instructor(room), "/seats/seat-01/open").json()["url"]
    if not called.partition("#")[2].startswith("helper="):
        yield "the console", "sends a helper's token in the address that is asked for"
    for query in (f"code={code}&name=Eve", f"helper={token}"):
        answer = httpx.get(f"{url(room)}/claim?{query}", headers={"Host": host("seat-01")})
        if "Set-Cookie" in answer.headers:
            yield "the claim page", "takes a secret from the address"


@pytest.fixture
def portal(room: Room) -> Iterator[Beside]:
    """A portal whose count of wrong guesses troubles nobody afterwards."""
    with beside(room) as found:
        yield found


def test_wrong_codes_are_limited(portal: Beside) -> None:
    def typed(code: str) -> int:
        return claim(portal.url, "seat-01", code, f"{host('seat-01')}{portal.suffix}").status_code

    wrong = [typed("01-0000-0000") for _ in range(WRONG_CODES_PER_SEAT)]
    assert set(wrong) == {403}, wrong
    if (answer := typed("01-0000-0000")) != TOO_MANY:
        pytest.fail(f"one more wrong code is answered {answer}", pytrace=False)
    assert typed(portal.code) == SEE_OTHER, "wrong codes keep out who has the right one"


def test_wrong_passwords_are_limited(portal: Beside) -> None:
    def typed(password: str) -> int:
        headers = {"Host": f"{CONSOLE}{portal.suffix}"}
        form = {"password": password}
        return httpx.post(f"{portal.url}/login", headers=headers, data=form).status_code

    assert {typed("wrong") for _ in range(WRONG_PER_SOURCE)} == {403}
    if (answer := typed("wrong")) != TOO_MANY:
        pytest.fail(f"one more wrong password is answered {answer}", pytrace=False)
