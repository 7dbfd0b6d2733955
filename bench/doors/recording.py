"""What a real browser asks of a seat, noted down in seat 1 before the class comes in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Request, Response, WebSocket, sync_playwright
from playwright.sync_api import Error as BrowserError

from bench.doors.visit import Ask, Kind, Notes, Visit
from bench.errors import BenchError
from classroom.engine.planning import ROOT

Pages = Mapping[str, tuple[str, str]]

PAGES: Pages = {
    "workspace": ("/workspace/", ".jp-Terminal"),
    "Temporal UI": ("/temporal/", "tbody tr"),
}
"""What attendees open from their home: the path, and what shows that the page is there."""

STEADY = ROOT / "tests" / "browser" / "steady_chromium.py"
"""As the browser tests start it: no container that starts elsewhere disturbs it."""

QUIET_SECONDS = 3.0
"""Without any request for so long, a page has all it wants."""

PATIENCE_SECONDS = 120.0

Recording = dict[str, Visit]


def record(url: str, code: str, pages: Pages = PAGES) -> Recording:
    """Claim a seat in Chromium and open pages, nothing in its cache; return what it asked for.

    Raises:
        BenchError: no Chromium, or a page that did not come up, or not whole.
    """
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        raise BenchError("no Chromium, whose requests are measured: apt-get install chromium")
    with sync_playwright() as play:
        # As root Chromium runs without its sandbox only; the pages are our own.
        browser = play.chromium.launch(executable_path=STEADY, args=["--no-sandbox"])
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            return _arrive(context, url, code) | {
                name: _open(context, url, path, shown) for name, (path, shown) in pages.items()
            }
        except BrowserError as error:
            raise BenchError(f"Chromium did not see the pages: {error}") from error
        finally:
            browser.close()


def _arrive(context: BrowserContext, url: str, code: str) -> Recording:
    page = context.new_page()
    watcher = _Watcher(page, url)
    page.goto(f"{url}/claim#{code}")
    claim = watcher.settled()
    page.get_by_label("Your name").fill("Recording")
    page.get_by_role("button", name="Take this seat").click()
    page.locator("#tools").wait_for()
    return {"claim page": claim, "home": watcher.settled()}


def _open(context: BrowserContext, url: str, path: str, shown: str) -> Visit:
    page = context.new_page()
    watcher = _Watcher(page, url)
    page.goto(f"{url}{path}")
    page.locator(shown).first.wait_for()
    return watcher.settled()


@dataclass
class _Watcher:
    """Watches one page until it asks for nothing more."""

    page: Page
    url: str
    notes: Notes = field(default_factory=Notes)
    last: float = 0.0
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("response", self._responded)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._failed)
        self.page.on("websocket", self._socket)

    def settled(self) -> Visit:
        """Wait until all has come and nothing more is asked for; return it, and begin anew."""
        began = self.last = time.monotonic()
        while self.notes.waits or time.monotonic() - self.last < QUIET_SECONDS:
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise BenchError(f"{self.page.url} still asks after {PATIENCE_SECONDS:.0f} s")
            self.page.wait_for_timeout(100)
        if self.lost:
            raise BenchError(f"Chromium lost {'; '.join(self.lost[:3])}: measure again")
        noted, self.notes = self.notes, Notes()
        return noted.visit()

    def _asked(self, request: Request) -> None:
        self.last = time.monotonic()
        path = request.url.removeprefix(self.url)
        # Others' addresses are no matter; and everybody makes a claim of their own.
        if path == request.url or (request.method, path) == ("POST", "/claim"):
            return
        kinds = {"document": Kind.PAGE, "eventsource": Kind.STREAM}
        kind = kinds.get(request.resource_type, Kind.FILE)
        self.notes.asked(request, Ask(kind, path, request.method, request.post_data or ""))

    def _responded(self, response: Response) -> None:
        self.notes.status(response.request, response.status)

    def _answered(self, request: Request) -> None:
        self.last = time.monotonic()
        self.notes.answered(request)

    def _failed(self, request: Request) -> None:
        self.last = time.monotonic()
        self.notes.answered(request)
        # What the page itself called off was not lost.
        if request.url.startswith(self.url) and request.failure != "net::ERR_ABORTED":
            self.lost.append(f"{request.url} ({request.failure})")

    def _socket(self, socket: WebSocket) -> None:
        self.last = time.monotonic()
        scheme_and_host = self.url.replace("http", "ws", 1)
        self.notes.asked(socket, Ask(Kind.SOCKET, socket.url.removeprefix(scheme_and_host)))
        spoken: list[str | bytes] = []

        def said(frame: str | bytes) -> None:
            spoken.append(frame)

        def heard(frame: str | bytes) -> None:
            if not spoken:
                self.notes.greeted(socket)
            spoken.append(frame)

        socket.on("framesent", said)
        socket.on("framereceived", heard)
