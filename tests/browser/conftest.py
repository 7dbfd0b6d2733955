"""A real Chromium in front of a real portal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from playwright.sync_api import TimeoutError as Late

from tests.room import WORD, Room, furnish

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

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
        found = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
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


@pytest.fixture
def console(page: Page, portal: Room) -> Page:
    """The console, logged in, with all its tiles."""
    log_in(page, portal)
    return page


def log_in(page: Page, portal: Room) -> None:
    page.goto(portal.settings.url("console"))
    page.get_by_label("Password").fill(WORD)
    page.get_by_role("button", name="Log in").click()
    last = page.locator("#grid li").nth(69)
    try:
        last.wait_for(timeout=30_000)
    except Late:
        # Seen once, on a machine that other suites kept busy: somebody at the console would load
        # the page again. What it had got by then says where to look.
        print(page.locator("body").inner_text()[:500])
        print(page.evaluate("performance.getEntries().map(e => [e.name, Math.round(e.duration)])"))
        page.reload()
        last.wait_for(timeout=60_000)
