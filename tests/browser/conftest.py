"""A real Chromium in front of a real portal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, sync_playwright

from tests.integration.conftest import make_room
from tests.room import WORD, Room, furnish

__all__ = ["make_room"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

STEADY = Path(__file__).with_name("steady_chromium.py")

WIDE: ViewportSize = {"width": 1280, "height": 800}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.section("NO BROWSER", sep="!", red=True, bold=True)
        terminalreporter.line("No page was tested: apt-get install chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as play:
        # As root Chromium runs without its sandbox only; the pages are our own.
        found = play.chromium.launch(executable_path=STEADY, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Room]:
    """A portal whose room of seventy is in the middle of a course."""
    found = Room(tmp_path, seats=70)
    found.do(furnish)
    yield found
    found.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport=WIDE)
    found.set_default_timeout(20_000)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script fails."""
    errors: list[str] = []
    found = context.new_page()
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    assert errors == []


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page as people with either setting see it."""
    found = browser.new_context(viewport=WIDE, color_scheme=request.param)
    yield found.new_page()
    found.close()


@pytest.fixture
def console(page: Page, portal: Room) -> Page:
    """The console, logged in, with all its tiles."""
    log_in(page, portal)
    return page


def log_in(page: Page, portal: Room, seats: int = 70) -> None:
    page.goto(portal.settings.url("console"))
    page.get_by_label("Password").fill(WORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#grid li").nth(seats - 1).wait_for(timeout=60_000)


def sizes_received(page: Page) -> list[int]:
    """Return a list that grows by the bytes, unpacked, of what the page receives from now on."""
    network = page.context.new_cdp_session(page)
    sizes: list[int] = []
    network.send("Network.enable")
    network.on("Network.dataReceived", lambda event: sizes.append(event["dataLength"]))
    return sizes


def lose_once(page: Page, file: str) -> list[Route]:
    """Have a static file not arrive at first; return where each request for it is noted."""
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(f"**/static/{file}*", answer)
    return asked
