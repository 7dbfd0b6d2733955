"""The pages that an attendee sees first, for everybody: axe looks at each, in light and dark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from portal.actions import announce
from portal.context import Context
from portal.observed import Health, Quota
from portal.store.sessions import Kind
from tests.browser.accessible import complaints
from tests.browser.conftest import lose_once
from tests.room import GIB, Room, code_of


def claim(page: Page, portal: Room, code: str, name: str) -> None:
    page.goto(f"{portal.settings.seat_url('seat-01')}/claim")
    page.get_by_label("The code on your card").fill(code)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Take this seat").click()


def test_axe_finds_nothing_serious_on_the_front_page(themed: Page, portal: Room) -> None:
    themed.goto(portal.settings.url())
    assert complaints(themed) == []
    themed.get_by_label("The code on your card").fill("no code")
    themed.get_by_role("button", name="Go to my seat").click()
    expect(themed.get_by_role("alert")).to_contain_text("does not look like a code")
    assert complaints(themed) == []


def test_the_front_page_leads_to_the_laptop_check(page: Page, portal: Room) -> None:
    page.goto(portal.settings.url())
    page.get_by_role("link", name="Try this laptop").click()
    expect(page.get_by_role("heading", name="Will this laptop do?")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("no code", "Ada", "does not look like a code"),
        ("01-0000-0000", "Ada", "does not open seat 01"),
        (code_of(1), "", "say your name"),
        (code_of(1), "\u2800\u3164", "say your name"),
    ],
)
def test_axe_finds_nothing_serious_on_a_claim_that_fails(
    themed: Page, portal: Room, code: str, name: str, said: str
) -> None:
    themed.goto(f"{portal.settings.seat_url('seat-01')}/claim")
    assert complaints(themed) == []
    claim(themed, portal, code, name)
    expect(themed.get_by_role("alert")).to_contain_text(said)
    assert complaints(themed) == []


def test_axe_finds_nothing_serious_on_a_refusal(themed: Page, portal: Room) -> None:
    themed.goto(f"{portal.settings.url()}/nothing-here")
    expect(themed.get_by_role("heading", level=1)).to_be_visible()
    assert complaints(themed) == []


def everything_at_once(context: Context) -> None:
    """Give seat 1 all that a home can have to say."""
    announce(context, "Lunch is at noon.")
    context.store.sessions.open("seat-01", Kind.HELPER, "Instructor", context.clock())
    seen = context.observation
    failed = Health("failed", "login page", "502: grafana did not answer", "", "")
    stopped = Health("stopped by attendee", "", "the attendee ended the last worker", "", "")
    parts = {**seen.seats["seat-01"], "grafana": failed, "worker": stopped}
    quota = Quota(used=GIB * 9 // 10, limit=GIB, stopped=False)
    context.observation = replace(
        seen,
        seats={**seen.seats, "seat-01": parts},
        quota={**seen.quota, "seat-01": {"temporal": quota}},
    )


def test_axe_finds_nothing_serious_in_a_home_with_all_its_notices(
    themed: Page, portal: Room
) -> None:
    portal.do(everything_at_once)
    claim(themed, portal, code_of(1), "Ada")
    for words in ("Lunch is at noon.", "A helper from your course", "nearly full", "not working"):
        expect(themed.get_by_text(words).first).to_be_visible()
    themed.get_by_text("Windows PowerShell").click()
    assert complaints(themed) == []


def test_a_home_whose_script_did_not_arrive_loads_itself_again(page: Page, portal: Room) -> None:
    asked = lose_once(page, "copy.js")
    claim(page, portal, code_of(1), "Ada")
    page.get_by_role("heading", name="What is yours").wait_for()
    portal.do(lambda context: announce(context, "Lunch is at noon."))
    expect(page.get_by_text("Lunch is at noon.")).to_be_visible()
    page.wait_for_load_state()
    assert len(asked) == 2


VISIBILITY = """(hidden) => {
    const set = (name, value) => Object.defineProperty(document, name, {value, configurable: true});
    set("hidden", hidden);
    set("visibilityState", hidden ? "hidden" : "visible");
    document.dispatchEvent(new Event("visibilitychange"));
}"""
"""To a browser without a screen all its tabs are in front."""


def test_tabs_behind_leave_the_browsers_connections_to_the_one_in_front(
    page: Page, portal: Room
) -> None:
    """Of HTTP/1.1 a browser opens six to a host, and the workspace is on the same one."""
    claim(page, portal, code_of(1), "Ada")
    home = f"{portal.settings.seat_url('seat-01')}/"
    page.wait_for_url(home)
    for _ in range(7):
        page.evaluate(VISIBILITY, True)
        page = page.context.new_page()
        page.goto(home, timeout=5_000)
    page.goto(f"{home}claim", timeout=5_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_home_in_front_again_shows_what_was_said_meanwhile(page: Page, portal: Room) -> None:
    claim(page, portal, code_of(1), "Ada")
    page.get_by_role("heading", name="What is yours").wait_for()
    with page.expect_request("**/home/events"):
        page.reload()
    page.evaluate(VISIBILITY, True)
    portal.do(lambda context: announce(context, "Lunch is at noon."))
    page.wait_for_timeout(1500)
    expect(page.get_by_text("Lunch is at noon.")).to_be_hidden()
    page.evaluate(VISIBILITY, False)
    expect(page.get_by_text("Lunch is at noon.")).to_be_visible()
    expect(page.locator("#connection")).to_be_empty()
