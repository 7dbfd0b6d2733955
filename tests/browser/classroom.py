"""What an attendee and an instructor do with a whole classroom, page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    WebSocket,
    expect,
)

from classroom.cards.sheet import codes_in
from tests.browser.conftest import WIDE
from tests.integration.conftest import ROOT, Room

SEAT = "seat-01"
PATIENCE_MS = 60_000
"""For JupyterLab's page: four megabytes of script, on a machine where other tests run too."""


def code(room: Room) -> str:
    """Return the code on the seat's card."""
    cards = ROOT / "cards" / room.name / "cards.csv"
    return str(codes_in(cards.read_text())[SEAT])


def address(room: Room, label: str = "") -> str:
    """Return the address of one of the classroom's hosts, as browsers show it."""
    host = f"{label}.localhost" if label else "localhost"
    scheme = "https" if "tls" in room.spec else "http"
    return f"{scheme}://{host}:{room.ports['http']}"


def claim(page: Page, room: Room, name: str) -> None:
    """Scan the card's QR code, say a name, and arrive."""
    page.goto(f"{address(room, 's01')}/claim#{code(room)}")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Take this seat").click()
    page.wait_for_url(f"{address(room, 's01')}/")


def device(browser: Browser) -> BrowserContext:
    """Return a laptop's browser that nobody has used before."""
    found = browser.new_context(viewport=WIDE)
    found.set_default_timeout(PATIENCE_MS)
    return found


def follow(page: Page, link: str) -> Page:
    """Click a link of the seat's home, which opens a page of its own."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=link).first.click()
    return opened.value


def until(page: Page, holds: Callable[[], object], seconds: float = 5) -> None:
    """Give something a while to come true; what follows in a test says whether it did."""
    for _ in range(int(seconds * 10)):
        if holds():
            return
        page.wait_for_timeout(100)


@dataclass
class Terminal:
    """The terminal that the workspace opens by itself: its page, its websockets, what it said."""

    home: Page
    page: Page
    sockets: list[WebSocket] = field(default_factory=list)
    refused: list[WebSocket] = field(default_factory=list)
    said: str = ""

    @classmethod
    def on(cls, home: Page) -> Terminal:
        """Open the workspace from the seat's home, and wait for the prompt."""
        terminal = cls(home, follow(home, "Open the workspace"))
        terminal.page.on("websocket", terminal._opened)
        terminal.page.locator(".jp-Terminal").wait_for()
        # The guide and the editor beside it take the focus when they come.
        terminal.page.locator(".jp-MarkdownViewer h1").wait_for()
        terminal.page.locator(".jp-FileEditor .cm-content").wait_for()
        terminal.page.wait_for_load_state("networkidle")
        terminal.wait_for(r"\$ ")
        return terminal

    def type(self, command: str) -> None:
        """Type a command, as by hand; what was said before is forgotten."""
        self.page.locator(".jp-Terminal").click()
        self.said = ""
        self.page.keyboard.type(f"{command}\n")

    def wait_for(self, pattern: str) -> str:
        """Wait until the terminal says something, and return the pattern's first group."""
        for _ in range(PATIENCE_MS // 100):
            if found := re.search(pattern, self.said):
                return found[1] if found.groups() else found[0]
            self.page.wait_for_timeout(100)
        raise AssertionError(f"not said: {pattern}; but: {self.said}")

    def _opened(self, socket: WebSocket) -> None:
        if "/terminals/" in socket.url:
            self.sockets.append(socket)
            socket.on("framereceived", self._heard)
            socket.on("socketerror", lambda _: self.refused.append(socket))

    def _heard(self, frame: str | bytes) -> None:
        kind, *rest = json.loads(frame)
        if kind == "stdout":
            self.said += rest[0]


def release(page: Page, room: Room, password: str) -> None:
    """Log in to the console and release the seat."""
    page.goto(address(room, "console"))
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.locator(f"li[data-seat={SEAT}] button").click()
    page.get_by_role("button", name="Release…").click()
    page.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(page.get_by_label("Details")).to_contain_text("end open connections: done")
