"""How soon the first seat can be worked in, while provision still brings up the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from bench.command import run
from bench.errors import BenchError
from bench.making import limit_for
from bench.setting import Setting
from classroom.cards.folder import CardsFolder
from classroom.engine.planning import ROOT
from classroom.plan import names
from classroom.spec.seats import host_label

SEAT = names.seat_name(1)
ASK_SECONDS = 0.25
"""Between two attempts of the attendee who came too early."""


@dataclass(frozen=True)
class First:
    """Seconds from provision's start.

    Attributes:
        claimed: until the first seat's code let somebody in.
        workspace: until that attendee had the workspace's page.
        provision: until provision ended with every seat proven.
    """

    claimed: float
    workspace: float
    provision: float


def provision_with_somebody_waiting(place: Setting) -> First:
    """Provision, with the attendee of the first seat knocking from the beginning.

    Raises:
        BenchError: provision failed, or the seat did not open by its end.
    """
    command = [str(ROOT / "classroom"), "provision", "--file", str(place.file)]
    log = place.folder / "classroom.log"
    began = time.monotonic()

    def provision() -> float:
        run(command, log, seconds=limit_for(place.seats))
        return time.monotonic() - began

    with ThreadPoolExecutor(1) as aside, _browser(place) as browser:
        ended = aside.submit(provision)
        claimed = _await(lambda: _claim(browser, place), ended, "claimed") - began
        workspace = _await(lambda: _workspace(browser), ended, "opened") - began
        return First(claimed, workspace, ended.result())


def _browser(place: Setting) -> httpx.Client:
    port = place.class_file.ports.http
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={
            "Host": f"{host_label(SEAT)}.{place.class_file.domain}:{port}",
            "Accept": "text/html",
        },
        timeout=10,
        trust_env=False,
    )


def _await(done: Callable[[], bool], ended: Future[float], what: str) -> float:
    """Try until it works; return when that was. After provision's end there is one more try."""
    while True:
        last = ended.done()
        try:
            if done():
                return time.monotonic()
        except httpx.TransportError:
            pass  # there is no door yet
        if last:
            ended.result()
            raise BenchError(f"provision has ended, and {SEAT} could not be {what}")
        time.sleep(ASK_SECONDS)


def _claim(browser: httpx.Client, place: Setting) -> bool:
    code = CardsFolder(ROOT, place.name).codes().get(SEAT)
    fields = {"code": str(code), "name": "Early bird"}
    return code is not None and browser.post("/claim", data=fields).has_redirect_location


def _workspace(browser: httpx.Client) -> bool:
    return browser.get("/workspace/lab").status_code == httpx.codes.OK
