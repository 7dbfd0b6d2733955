"""The laptop check in a real browser, and its code in the console."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from portal.actions import vouch
from portal.laptop import check
from tests.browser.accessible import complaints
from tests.browser.conftest import WIDE, log_in
from tests.browser.test_console import BEYOND
from tests.room import Room


def findings(page: Page, portal: Room) -> dict[str, list[str]]:
    """Run the check; return each line as name -> its state and words."""
    page.goto(f"{portal.settings.url()}/check")
    page.locator(".finding").first.wait_for()
    lines: list[list[str]] = page.locator(".finding").evaluate_all(
        """all => all.map(
            i => [i.querySelector('strong').textContent, i.classList[1], i.textContent])"""
    )
    return {name: rest for name, *rest in lines}


def test_a_good_laptop_gets_green_lines_and_a_code_the_console_reads(
    page: Page, portal: Room
) -> None:
    found = findings(page, portal)
    states = {name: state for name, (state, _) in found.items()}
    # Whether anything listens on the course's own ports is the machine's affair.
    assert states.pop("Ports for tools") in ("good", "warn")
    assert set(states.values()) == {"good"}
    code = page.locator("#code").text_content() or ""
    said = page.locator("#verdict").text_content() or ""
    log_in(page, portal)
    page.get_by_role("button", name="Laptop code…").click()
    page.get_by_label("Code", exact=True).fill(code.lower().replace("-", " "))
    expect(page.get_by_role("dialog")).to_contain_text(said)
    read = page.locator("dialog .finding").all_inner_texts()
    assert len(read) == len(found)
    assert any("Chrome" in line and "Linux" in line for line in read)


def test_names_that_do_not_resolve(page: Page, portal: Room) -> None:
    page.route("http://s01.localhost:*/**", lambda route: route.abort("namenotresolved"))
    found = findings(page, portal)
    assert found["Seat addresses"][0] == "bad"
    assert "private DNS" in found["Seat addresses"][1]
    assert "not tried" in found["Ports for tools"][1]
    expect(page.locator("#verdict")).to_have_text("Not yet: one thing to put right")


@pytest.fixture
def with_authority(tmp_path: Path) -> Iterator[Room]:
    """A portal whose certificates lead to an authority of the classroom's own."""
    found = Room(tmp_path, seats=2, own_authority=True)
    found.do(lambda context: vouch(context, ":".join(["AB"] * 32)))
    yield found
    found.stop()


def test_a_seat_whose_certificate_nobody_trusts_asks_for_the_root_first(
    page: Page, with_authority: Room
) -> None:
    page.route("http://s01.localhost:*/**", lambda route: route.abort())
    state, words = findings(page, with_authority)["Seat addresses"]
    assert state == "bad"
    assert words.index("Install the root certificate first") < words.index("private DNS")
    link = page.get_by_role("link", name="Download the root certificate")
    assert link.get_attribute("href") == f"{with_authority.settings.url()}/root.crt"
    code = page.locator("#code").text_content() or ""
    log_in(page, with_authority, seats=2)
    page.get_by_role("button", name="Laptop code…").click()
    page.get_by_label("Code", exact=True).fill(code)
    expect(page.get_by_role("dialog")).to_contain_text("Install the root certificate first")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_root_is_offered_to_everybody(themed: Page, with_authority: Room, width: int) -> None:
    themed.set_viewport_size({"width": width, "height": 740})
    for path in ("", "/check"):
        themed.goto(with_authority.settings.url() + path)
        themed.get_by_text("Where to do that").click()
        assert complaints(themed) == []
        assert themed.evaluate("document.documentElement.scrollWidth") <= width


def test_the_findings_stay_within_a_phones_screen(page: Page, portal: Room) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.route("http://s01.localhost:*/**", lambda route: route.abort())
    findings(page, portal)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#check").evaluate(BEYOND) == []


def test_a_page_put_in_place_of_a_seat_is_no_seat(page: Page, portal: Room) -> None:
    page.route("http://s01.localhost:*/**", lambda route: route.fulfill(body="<p>Log in to Wi-Fi"))
    assert findings(page, portal)["Seat addresses"][0] == "bad"


def test_a_websocket_that_is_cut(page: Page, portal: Room) -> None:
    page.route_web_socket("**/check/socket", lambda socket: socket.close())
    found = findings(page, portal)
    assert found["Open connection"][0] == "bad"
    assert "antivirus" in found["Open connection"][1]


def test_a_clock_that_is_wrong(page: Page, portal: Room) -> None:
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=5)
    page.clock.set_fixed_time(tomorrow)
    found = findings(page, portal)
    assert found["Clock"][0] == "bad"
    assert "up to a day fast" in found["Clock"][1]


def test_every_code_reads_back_and_a_misheard_one_is_noticed(page: Page, portal: Room) -> None:
    page.goto(portal.settings.url())
    result: dict[str, Any] = page.evaluate("""async () => {
        const { decode, encode, lines } = await import("/static/laptop/findings.js");
        const sizes = {seats: 3, ports: 8, socket: 4, clock: 8, delay: 4, lacks: 32, browser: 8,
                       version: 256, system: 8, narrow: 2};
        const pick = (n) => Math.floor(Math.random() * n);
        let wrong = 0, missed = 0, speechless = 0;
        for (let i = 0; i < 3000; i++) {
            const findings = Object.fromEntries(
                Object.entries(sizes).map(([name, n]) => [name, i ? pick(n) : n - 1]));
            const code = encode(findings);
            if (!/^L-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/.test(code)) wrong += 1;
            if (JSON.stringify(Object.entries(decode(code)).sort())
                !== JSON.stringify(Object.entries(findings).sort())) wrong += 1;
            if (/undefined/.test(JSON.stringify(lines(findings)))) speechless += 1;
            const at = [2, 3, 4, 5, 7, 8, 9, 10][pick(8)];
            const digits = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"];
            const other = digits.filter((c) => c !== code[at])[pick(31)];
            if (decode(code.slice(0, at) + other + code.slice(at + 1))) missed += 1;
        }
        return { wrong, missed, speechless };
    }""")
    assert result == {"wrong": 0, "missed": 0, "speechless": 0}


def test_the_open_connection_answers_and_is_not_for_keeping(
    portal: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SOCKET_SECONDS", 1.0)
    url = f"{portal.settings.url()}/check/socket".replace("http", "ws", 1)
    origin = Origin(portal.settings.url())
    with connect(url, origin=origin) as socket:
        socket.send("x" * 1000)
        assert socket.recv() == "x" * check.LONGEST_MESSAGE
        with pytest.raises(ConnectionClosedOK):
            socket.recv(timeout=5)
    with connect(url, origin=origin) as socket:
        socket.send(b"bytes")
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


def test_only_so_many_keep_a_connection(portal: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SOCKETS", 1)
    url = f"{portal.settings.url()}/check/socket".replace("http", "ws", 1)
    with connect(url), pytest.raises(InvalidStatus):
        connect(url)
    with connect(url) as again:
        again.send("and then again")
        assert again.recv() == "and then again"


def test_another_site_opens_no_connection(portal: Room) -> None:
    url = f"{portal.settings.url()}/check/socket".replace("http", "ws", 1)
    with pytest.raises(InvalidStatus, match="403"):
        connect(url, origin=Origin("http://evil.example"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, portal: Room, scheme: Any) -> None:  # noqa: ANN401
    context = browser.new_context(viewport=WIDE, color_scheme=scheme)
    page = context.new_page()
    findings(page, portal)
    assert complaints(page) == []
    context.close()
