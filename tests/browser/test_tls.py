"""A classroom with an authority of its own: what its attendees meet, in a real browser and seat."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, expect

from classroom.engine.trust import fingerprint
from tests.browser.classroom import PATIENCE_MS, Terminal, address, claim
from tests.browser.conftest import WIDE
from tests.browser.own_laptop import Laptop
from tests.integration.conftest import ROOT, Room, RoomFactory

A_PASS_SECONDS = 60


@pytest.fixture(scope="module")
def room(make_room: RoomFactory) -> Room:
    found = make_room("cwt-root", "10.240.0.0/16", seats=1, tls="internal")
    found.run("provision")
    return found


@pytest.fixture(scope="module")
def root(room: Room) -> str:
    """The root certificate, as somebody who clicked past the warning downloads it."""
    with httpx.Client(verify=False) as browser:  # noqa: S501 - that is the point
        answer = browser.get(
            f"https://127.0.0.1:{room.ports['http']}/root.crt",
            headers={"Host": "localhost"},
            extensions={"sni_hostname": "localhost"},
        )
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    return answer.text


@pytest.fixture
def trusting(browser: Browser) -> Iterator[BrowserContext]:
    """A laptop that has the root. That certificates do lead to it is tested beside."""
    found = browser.new_context(viewport=WIDE, ignore_https_errors=True)
    found.set_default_timeout(PATIENCE_MS)
    yield found
    found.close()


@pytest.mark.parametrize("name", ["localhost", "console.localhost", "s01.localhost"])
def test_every_name_leads_to_the_root_that_is_offered(room: Room, root: str, name: str) -> None:
    at = ("127.0.0.1", room.ports["http"])
    known = ssl.create_default_context(cadata=root)
    with (
        socket.create_connection(at, timeout=10) as connection,
        known.wrap_socket(connection, server_hostname=name) as secured,
    ):
        assert secured.getpeercert()


def test_its_fingerprint_is_on_the_cards(room: Room, root: str) -> None:
    room.run("cards")
    (page,) = pypdfium2.PdfDocument(ROOT / "cards" / room.name / "cards.pdf")
    text = page.get_textpage().get_text_bounded()
    assert [half in text for half in (fingerprint(root)[:47], fingerprint(root)[48:])] == [True] * 2


def test_health_and_watch_find_all_well(room: Room) -> None:
    assert room.json("health")["good"] is True
    deadline = time.monotonic() + A_PASS_SECONDS
    while not (seen := room.state / "watch.json").exists() and time.monotonic() < deadline:
        time.sleep(1)
    assert json.loads(seen.read_text())["good"] is True


def test_a_browser_that_does_not_know_the_root_warns(browser: Browser, room: Room) -> None:
    page = browser.new_page()
    for label in ("", "s01"):
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto(address(room, label))
    page.close()


def test_one_that_does_reaches_a_seat_and_keeps_a_connection(
    trusting: BrowserContext, room: Room, root: str
) -> None:
    page = trusting.new_page()
    page.goto(address(room))
    expect(page.locator("#fingerprint")).to_have_text(fingerprint(root))
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download the root certificate").click()
    assert downloaded.value.path().read_text() == root
    page.goto(f"{address(room)}/check")
    page.locator(".finding").first.wait_for()
    for name in ("Seat addresses", "Open connection"):
        expect(page.locator(".finding", has_text=name)).to_have_class("finding good")


def test_a_seat_is_claimed_and_worked_in(trusting: BrowserContext, room: Room) -> None:
    page = trusting.new_page()
    claim(page, room, "Ada")
    (cookie,) = [c for c in trusting.cookies() if c["name"] == "__Host-seat"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["domain"]) == (True, True, "s01.localhost")
    terminal = Terminal.on(page)
    terminal.type("echo $((6*7)) workflows")
    terminal.wait_for("42 workflows")


def test_programs_on_a_laptop_trust_the_root_that_the_home_offers(
    trusting: BrowserContext, room: Room, root: str, tmp_path: Path
) -> None:
    page = trusting.new_page()
    claim(page, room, "Ada")
    laptop = Laptop(room, page, tmp_path)
    settings, command = laptop.shown("shell"), laptop.shown("cli")
    refused = laptop.types(settings, command)
    assert refused.startswith("exit code 1: "), refused
    file = page.locator(".laptop code", has_text=".crt").first.text_content() or ""
    (tmp_path / file).write_text(root)
    assert "Welcome" in laptop.types(settings, command)
    assert laptop.runs_python() == "Hello Ada, from the seat\n"
