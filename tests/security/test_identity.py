"""Who somebody is, a component hears from the ingress alone, and nothing that would open a seat."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Room
from tests.security import listening
from tests.security.asking import Question
from tests.security.door import answers, guest, host, new_codes, outside, within

LIES = (
    *("Forwarded", "Remote-User", "Remote-Groups", "X-Auth-Request-User", "X-Authenticated-User"),
    *("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Real-Ip"),
    *("X-Remote-User", "X-Webauth-Role", "X-Webauth-User"),
)


def told(room: Room, headers: dict[str, str]) -> dict[str, str]:
    """Ask seat-01's workspace for a page; return the headers that came to it."""
    mark = f"mark={os.urandom(8).hex()}"
    program = [*within(room, "seat-01").inside, sys.executable, str(Path(listening.__file__)), mark]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as heard:
        assert heard.stdout is not None
        assert heard.stdout.readline() == "listens\n"
        page = Question(host("seat-01"), f"/workspace/api/contents?{mark}", headers=headers)
        ((_, answer),) = answers(outside(room), [page])
        assert answer == "200"
        _, *lines = heard.communicate(timeout=listening.PATIENCE_SECONDS)[0].splitlines()
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def test_nobody_is_whom_they_say_they_are(room: Room) -> None:
    found = told(room, {**dict.fromkeys(LIES, "mallory"), **room.opens("seat-01")})
    assert found["X-Forwarded-Host"] == host("seat-01"), "nothing was heard of the ingress"
    believed = [name for name, value in found.items() if value == "mallory"]
    if believed:
        pytest.fail(f"seat-01's workspace is told {', '.join(believed)}: mallory", pytrace=False)


def test_no_component_hears_what_opens_its_seat(room: Room) -> None:
    who = guest(room, "seat-01", new_codes(room)["seat-01"])
    of_its_own = "_xsrf=2|a"
    for what, headers in (
        ("key", {**who.with_key, "Cookie": of_its_own}),
        ("session", {"Cookie": f"{of_its_own}; {who.cookie}"}),
    ):
        found = repr(told(room, headers))
        assert of_its_own in found, "cookies of JupyterLab's own are left"
        if any(secret.partition("=")[2] in found for secret in (who.cookie, f"={who.api_key}")):
            pytest.fail(f"seat-01's workspace is told its attendee's {what}", pytrace=False)
