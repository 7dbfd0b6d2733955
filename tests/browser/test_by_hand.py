"""Without a mouse, and without a clipboard: what pages do for whoever has neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STEADY, WIDE
from tests.browser.test_pages import everything_at_once
from tests.integration.portal_server import CODES, Running
from tests.integration.portal_server import portal as portal_of
from tests.room import WORD, Room, code_of

OPERABLE = "a[href], button, summary, select, textarea, input, [tabindex='0']"

UNREACHED = """(operable) => {
    const passed = window.passed ?? new Set();
    // Of radio buttons that belong together the arrows choose one, and so they do of a grid.
    const radios = new Set([...passed].filter((e) => e.type === "radio").map((e) => e.name));
    return [...document.querySelectorAll(operable)]
        .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0)
        .filter((e) => !passed.has(e) && !(e.type === "radio" && radios.has(e.name)))
        .map((e) => e.outerHTML.slice(0, 120));
}"""

STEP = """() => {
    const e = document.activeElement;
    if (e === document.body) return "";
    window.passed ??= new Set();
    if (window.passed.has(e)) return "again";
    window.passed.add(e);
    const seen = [e, e.nextElementSibling].filter(Boolean).map((one) => getComputedStyle(one));
    const shown = seen.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
    return shown ? "seen" : `not seen: ${e.outerHTML.slice(0, 120)}`;
}"""

MOST_STEPS = 300
ENDS = 2
"""Behind the last element comes the browser itself, and then the first one."""


def walk(page: Page) -> None:
    """Go through a page with Tab: it comes to everything, and shows where it is."""
    found: list[str] = []
    # Some fields have the focus from the beginning, so that the walk goes round once.
    while "again" not in found and found.count("") < ENDS:
        found.append(_step(page))
        assert len(found) < MOST_STEPS, "no way out of the page"
    assert [words for words in found if words not in ("", "seen", "again")] == []
    assert page.evaluate(UNREACHED, OPERABLE) == []


def _step(page: Page) -> str:
    page.keyboard.press("Tab")
    return str(page.evaluate(STEP))


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the field with that label has the focus."""
    field = page.get_by_label(label, exact=True)
    for _ in range(MOST_STEPS):
        if field.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to: {label}")


def test_a_seat_is_claimed_and_read_by_keyboard(page: Page, portal: Room) -> None:
    page.goto(portal.settings.url())
    walk(page)
    tab_to(page, "The code on your card")
    page.keyboard.type(code_of(1))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal.settings.seat_url('seat-01')}/claim")
    walk(page)
    tab_to(page, "Your name")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal.settings.seat_url('seat-01')}/")
    portal.do(everything_at_once)
    expect(page.get_by_text("nearly full")).to_be_visible()
    walk(page)


def test_the_console_is_entered_and_gone_through_by_keyboard(page: Page, portal: Room) -> None:
    page.goto(portal.settings.url("console"))
    walk(page)
    tab_to(page, "Password")
    page.keyboard.type(WORD)
    page.keyboard.press("Enter")
    page.locator("#grid li").nth(69).wait_for()
    walk(page)
    page.get_by_role("button", name="Announcement…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("Lunch is at noon.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Announcement…")).to_be_focused()


DOMAIN = "class.example.org"


@pytest.fixture(scope="module")
def elsewhere(browser: Browser) -> Iterator[Browser]:
    """A browser to which the classroom's name is one on the network, and not this very machine."""
    names = f"--host-resolver-rules=MAP {DOMAIN} 127.0.0.1, MAP *.{DOMAIN} 127.0.0.1"
    arguments = ["--no-sandbox", "--disable-gpu", names]
    found = browser.browser_type.launch(executable_path=STEADY, args=arguments)
    yield found
    found.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Running]:
    """A portal without TLS at a name of its own, as in a room with a LAN."""
    with portal_of(tmp_path, domain=DOMAIN) as running:
        running.provision()
        yield running


@pytest.fixture
def home(elsewhere: Browser, plain: Running) -> Iterator[Page]:
    """A seat's home there."""
    context = elsewhere.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{plain.settings.seat_url('seat-07')}/claim#{CODES['seat-07']}")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Take this seat").click()
    page.wait_for_url(f"{plain.settings.seat_url('seat-07')}/")
    assert page.evaluate("isSecureContext") is False
    assert page.evaluate("navigator.clipboard") is None
    yield page
    context.close()


def pasted(home: Page) -> str:
    """Paste into a text of another page, and return what came."""
    paper = home.context.new_page()
    paper.set_content("<textarea autofocus></textarea>")
    paper.locator("textarea").focus()
    paper.keyboard.press("Control+V")
    found = paper.locator("textarea").input_value()
    paper.close()
    return found


def test_a_copy_button_copies_without_a_clipboard_of_the_pages(home: Page) -> None:
    for label, place in (("settings for a shell", "#shell"), ("API key", "#api-key")):
        button = home.get_by_role("button", name=f"Copy the {label}", exact=True)
        button.focus()
        home.keyboard.press("Enter")
        expect(home.locator("#said")).to_have_text("Copied")
        expect(home.locator(f"[data-copy={place[1:]}]")).to_contain_text("Copied")
        assert pasted(home) == home.locator(place).text_content()


def test_where_nothing_may_be_copied_the_text_is_selected_and_one_key_away(home: Page) -> None:
    home.evaluate("document.execCommand = () => false")
    home.get_by_role("button", name="Copy the API key", exact=True).click()
    expect(home.locator("#said")).to_have_text("Selected. Press Ctrl+C to copy.")
    expect(home.locator("[data-copy=api-key]")).to_contain_text("Press Ctrl+C")
    key = home.locator("#api-key").text_content()
    assert home.evaluate("String(getSelection())") == key
    home.keyboard.press("Control+C")
    assert pasted(home) == key
