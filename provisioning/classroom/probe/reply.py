"""What comes back over the wire, as data, and the readers every judgement is made of.

Nothing here does I/O. Whatever a component sends, a reader either returns what it was asked for
or raises :class:`Unproven`: malformed, empty or hostile answers are a verdict, never a crash.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn

from classroom.probe.result import State

SEEN_CHARS = 200
"""Enough of an answer to recognise it by, and still a line in a terminal."""

Json = dict[str, object]


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    ``of_ingress``: the ingress made it up itself, no component did. ``denied``: the portal turned
    the request away before any component saw it.
    """

    status: int
    body: bytes = b""
    of_ingress: bool = False
    denied: bool = False


@dataclass(frozen=True)
class Silence:
    """No usable response: ``why`` says how it failed.

    ``lost`` means that not even the ingress was reached, so that nothing is known of the seat.
    """

    why: str
    lost: bool = False


Reply = Answer | Silence


class Unproven(Exception):  # noqa: N818 - a verdict on its way to a Result, not an error
    """A check did not pass. In ``fix``, ``{seat}`` stands for the seat's name."""

    def __init__(self, check: str, seen: str, fix: str, state: State = State.FAILED) -> None:
        super().__init__(check, seen, fix, state)
        self.check = check
        self.seen = seen
        self.fix = fix
        self.state = state


REVIVE = "make provision SEATS={seat}; if it stays that way, make logs SEAT={seat} says why"
SEE_INGRESS = "see ingress"
SEE_PORTAL = "see portal"
PORTAL_SILENT = "the portal did not answer"
"""How the ingress begins when it can't ask who may pass; images/ingress/Caddyfile says it."""
LOOK = "make logs SEAT={seat} says why"
REKEY = (
    "the portal has another signing key than this checkout: use the checkout that made this "
    "classroom, or give it this one's key: docker rm -f its portal and its prometheus, then "
    "make provision SEATS=ingress"
)


def clip(text: str, limit: int = SEEN_CHARS) -> str:
    """Make text from outside fit for a terminal and a report: one line, printable, short."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def refuse(reply: Reply, check: str, fix: str) -> NoReturn:
    """Say why a reply is not the 200 that a check needs.

    Raises:
        Unproven: always.
    """
    if isinstance(reply, Silence):
        if reply.lost:
            raise Unproven(check, reply.why, SEE_INGRESS, State.UNKNOWN)
        raise Unproven(check, reply.why, REVIVE)
    text = clip(reply.body[: SEEN_CHARS * 4].decode(errors="replace"))
    if reply.denied:
        # Nobody has seen the component: its own state is not known.
        seen = f"the portal refuses the probe's key (HTTP {reply.status})"
        raise Unproven("credential", seen, REKEY, State.UNKNOWN)
    if reply.of_ingress and text.startswith(PORTAL_SILENT):
        raise Unproven(check, f"{PORTAL_SILENT}, so nobody is let in", SEE_PORTAL, State.UNKNOWN)
    if reply.of_ingress and reply.status == HTTPStatus.BAD_GATEWAY:
        # The ingress names seat and component; what follows is its advice to a browser.
        raise Unproven(check, text.partition(". ")[0] or "the component did not answer", REVIVE)
    if reply.of_ingress and reply.status == HTTPStatus.NOT_FOUND:
        seen = "the ingress knows no such address (404): another domain, or an older ingress"
        raise Unproven(check, seen, "make provision SEATS={seat}")
    said = f": {text}" if text else ", no text"
    raise Unproven(check, f"HTTP {reply.status}{said}", fix)


def body_of(reply: Reply, check: str, fix: str = LOOK) -> str:
    """Return the text of a 200.

    Raises:
        Unproven: for everything else.
    """
    if isinstance(reply, Answer) and reply.status == HTTPStatus.OK:
        return reply.body.decode(errors="replace")
    refuse(reply, check, fix)


def json_of(reply: Reply, check: str, fix: str = LOOK) -> Json:
    """Return the JSON object in a 200.

    Raises:
        Unproven: for everything else, a page or a list where an object was due included.
    """
    text = body_of(reply, check, fix)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    said = f"begins with {clip(text, 60)!r}" if text.strip() else "is empty"
    raise Unproven(check, f"expected a JSON object, but the answer {said}", fix)


def inside(value: object, *path: str) -> object:
    """Follow keys into nested objects; None where the path ends early."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_in(value: object, *path: str) -> str:
    """The text at the end of a path, fit for a report; empty if there is none."""
    found = inside(value, *path)
    return clip(found) if isinstance(found, str) else ""


def objects_in(value: object, *path: str) -> list[Json]:
    """The objects of the list at the end of a path; empty if there is none."""
    found = inside(value, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
