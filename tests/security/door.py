"""The room's front door: places to ask it from, and people who have something to open it with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from classroom.engine.state import StateFolder
from classroom.errors import PortalError
from classroom.front import front
from classroom.operator import Enrolled, Operator
from classroom.plan.names import seat_number
from classroom.spec.codes import new_code
from classroom.spec.hashing import hashed
from classroom.spec.load import load
from classroom.spec.seats import host_label
from tests.integration.conftest import ROOT, Room
from tests.security import asking
from tests.security.asking import Question
from tests.security.rooms import address, seats

DOMAIN = "localhost"
CONSOLE = f"console.{DOMAIN}"
PASSWORD = "swallow-lantern-teapot"  # noqa: S105 - of a room that lives for minutes

PORTS = {"http": 8000, "grpc": 7233, "ui": 8233, "metrics": 8080}
"""The ingress's own, as a seat sees them; outside they are published as others."""

SOCKET = "/workspace/api/events/subscribe"
"""A websocket of JupyterLab's."""

PATIENCE_SECONDS = 40


def host(seat: str) -> str:
    return f"{host_label(seat)}.{DOMAIN}"


def until(what: str, holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(0.1)


# Asking.


@dataclass(frozen=True)
class Place:
    """Where questions are asked from: the ingress as seen from there, and how to get there."""

    name: str
    address: str
    ports: dict[str, int]
    inside: tuple[str, ...] = ()


def outside(room: Room) -> Place:
    """Return the place of attendees' browsers, before the published ports."""
    return Place("outside", "127.0.0.1", room.ports)


def within(room: Room, seat: str) -> Place:
    """Return a seat's network, as its workspace has it."""
    pid = room.client.inspect_container(f"{room.name}-{seat}-workspace")["State"]["Pid"]
    ingress = address(room, f"{room.name}-ingress", seat)
    return Place(f"in {seat}", ingress, PORTS, ("nsenter", "--target", str(pid), "--net"))


def answers(place: Place, questions: Iterable[Question]) -> list[tuple[Question, str]]:
    """Return each question with what came of it."""
    asked = list(questions)
    job = {
        "address": place.address,
        "ports": place.ports,
        "questions": [asdict(question) for question in asked],
    }
    done = subprocess.run(
        [*place.inside, sys.executable, str(Path(asking.__file__))],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(zip(asked, json.loads(done.stdout), strict=True))


# Credentials.


@dataclass(frozen=True)
class Guest:
    """Somebody who has claimed a seat, with everything that this gives them."""

    seat: str
    code: str
    cookie: str
    api_key: str

    @property
    def with_cookie(self) -> dict[str, str]:
        return {"Cookie": self.cookie}

    @property
    def with_key(self) -> dict[str, str]:
        return bearer(self.api_key)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def operator(room: Room) -> Operator:
    state = StateFolder(ROOT, room.name)
    return Operator(front(load(room.file).class_file, room.client, state))


def awake(room: Room) -> Operator:
    """Return the operator once the portal answers: it may have been replaced just now."""
    found = operator(room)

    def answers_now() -> bool:
        try:
            found.register()
        except PortalError:
            return False
        return True

    until("the portal", answers_now)
    return found


def new_codes(room: Room) -> dict[str, str]:
    """Give each seat a new code, as `make cards ROTATE=yes` does; watch has nothing to do."""
    made = {seat: str(new_code(seat_number(seat) or 0)) for seat in seats(room)}
    asked = awake(room)
    asked.enrol({seat: Enrolled("", hashed(code)) for seat, code in made.items()})
    done = {"ok": True, "detail": "nothing was open"}
    for verb in asked.call("GET", "/operator/queue?wait=0")["verbs"]:
        asked.call("POST", f"/operator/queue/{verb['id']}", done)
    return made


def url(room: Room) -> str:
    return f"http://127.0.0.1:{room.ports['http']}"


def claim(at: str, seat: str, code: str, seat_host: str = "") -> httpx.Response:
    """Type a code into a seat's page."""
    form = {"code": code, "name": "Ada"}
    headers = {"Host": seat_host or host(seat)}
    return httpx.post(f"{at}/claim", headers=headers, data=form, timeout=PATIENCE_SECONDS)


def cookie(answer: httpx.Response) -> str:
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def guest(room: Room, seat: str, code: str) -> Guest:
    """Claim a seat, and read the API key from its home."""
    session = cookie(claim(url(room), seat, code))
    assert session, f"the code of {seat} does not open it"
    home = httpx.get(url(room), headers={"Host": host(seat), "Cookie": session})
    (key,) = set(re.findall(r"tk-[0-9]{2,3}-[\w-]{43}", home.text))
    return Guest(seat, code, session, key)


def instructor(room: Room) -> str:
    """Log in to the console; return the cookie."""
    awake(room).set_password(hashed(PASSWORD))
    answer = httpx.post(
        f"{url(room)}/login",
        headers={"Host": CONSOLE},
        data={"password": PASSWORD},
        timeout=PATIENCE_SECONDS,
    )
    assert answer.status_code == 303, answer.text
    return cookie(answer)


def order(room: Room, session: str, path: str) -> httpx.Response:
    """Press a button of the console."""
    return httpx.post(
        f"{url(room)}{path}",
        headers={"Host": CONSOLE, "Cookie": session},
        timeout=PATIENCE_SECONDS,
    )


def helper_token(room: Room, seat: str) -> str:
    """Ask the console for the way into a seat."""
    answer = order(room, instructor(room), f"/seats/{seat}/open")
    token: str = answer.json()["url"].partition("#helper=")[2]
    return token
