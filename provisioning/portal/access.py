"""Who may pass to a seat. Pure: what was asked and what is known go in, a verdict comes out.

Caddy asks before every request to a component, and the portal asks itself for a seat's own pages:
the same decision for both, made anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from classroom.spec import keys
from classroom.spec.keys import KeyKind
from portal.store.sessions import Session

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, if they open no websocket."""


FEDERATION = "/prometheus/federate"
"""All that the class Prometheus may read of a seat."""


class As(StrEnum):
    """In what capacity somebody passes."""

    ATTENDEE = "attendee"
    HELPER = "helper"
    KEY = "api key"
    PROBE = "probe"
    METRICS = "class prometheus"
    INSTRUCTOR = "instructor"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Asked:
    """A request to a seat's host, as far as the decision needs it.

    Attributes:
        seat: whose host it is: ``seat-07``.
        own_origin: what a page of this very host and port has as its origin.
        method: in capitals; anything unknown counts as a write.
        path: what is asked for, up to the question mark.
        origin: the Origin header, or None.
        websocket: whether it opens one.
        fetch_site: the Sec-Fetch-Site header, or empty.
        document: whether the answer will fill a tab (Sec-Fetch-Dest says ``document``).
        html: whether the Accept header names text/html.
        cookies: the value of each session cookie that came along.
        authorization: the Authorization header, or empty.
    """

    seat: str
    own_origin: str
    method: str
    path: str = ""
    origin: str | None = None
    websocket: bool = False
    fetch_site: str = ""
    document: bool = False
    html: bool = False
    cookies: tuple[str, ...] = field(default=(), repr=False)
    authorization: str = field(default="", repr=False)

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.websocket or self.method not in SAFE

    @property
    def bearer(self) -> str | None:
        """The key that was presented; None without one (another scheme is none of ours)."""
        scheme, _, value = self.authorization.partition(" ")
        return value.strip() if scheme.lower() == "bearer" else None


@dataclass(frozen=True)
class Known:
    """What the portal knows about a request: of its seat, and of its one cookie.

    ``api_key`` is None when the classroom has no such seat.
    """

    api_key: str | None = field(repr=False)
    probe_key: str = field(repr=False)
    metrics_key: str = field(repr=False)
    session: Session | None = None


@dataclass(frozen=True)
class Pass:
    """Let it through; ``name`` is whose session it is."""

    by: As
    name: str = ""


@dataclass(frozen=True)
class Refusal:
    """Turn it away.

    Attributes:
        status: of the answer; 303 sends a browser to the claim page.
        reason: two or three words for the audit log.
        words: what to say to whoever asked.
        title: what to write above them on a page.
    """

    status: int
    reason: str
    words: str = ""
    title: str = "Not here"


def decide(asked: Asked, known: Known) -> Pass | Refusal:
    """Say whether a request may pass."""
    if astray := _astray(asked):
        return astray
    if asked.bearer is not None:
        return _by_key(asked, asked.bearer, known)
    return _by_session(asked, known)


def decide_for_class(asked: Asked, *, signed_in: bool, operator_key: str) -> Pass | Refusal:
    """Say whether a request may pass to what the instructor alone may see.

    Args:
        asked: a request to the console's host; its seat is empty.
        signed_in: whether its one cookie is a session of the console.
        operator_key: opens it to the host's own probes.
    """
    if astray := _astray(asked):
        return astray
    if asked.bearer is not None:
        if keys.same(asked.bearer, operator_key):
            return Pass(As.OPERATOR)
        return Refusal(401, "operator key", "Only the operator key opens this.")
    if not signed_in:
        return _stranger(asked, "Log in at the console first.")
    return _foreign_page(asked) or Pass(As.INSTRUCTOR)


def _astray(asked: Asked) -> Refusal | None:
    """Return why a request is turned away whoever sent it."""
    if len(asked.cookies) > 1:
        return Refusal(400, "two cookies", TWO_COOKIES)
    if asked.writes and asked.origin not in (None, asked.own_origin):
        return Refusal(403, "foreign origin", "Another site's page may not do this here.")
    return None


def _foreign_page(asked: Asked) -> Refusal | None:
    if asked.fetch_site in ("cross-site", "same-site") and not _opens_a_tab(asked):
        # A sibling's page counts as the same site, so cookies come along whatever SameSite says.
        return Refusal(403, "foreign page", "Another site's page may only link to this one.")
    return None


def _by_session(asked: Asked, known: Known) -> Pass | Refusal:
    if known.api_key is None:
        return Refusal(404, "no such seat", f"This classroom has no {asked.seat}.")
    if known.session is None:
        return _stranger(asked, f"Claim {asked.seat} in a browser first. {WHERE_THE_KEY_IS}")
    if known.session.seat != asked.seat:
        return Refusal(403, "another seat's session", f"You are not in {asked.seat}.")
    return _foreign_page(asked) or Pass(As(known.session.kind.value), known.session.name)


def _by_key(asked: Asked, key: str, known: Known) -> Pass | Refusal:
    seat, claimed = asked.seat, keys.claimed(key)
    if claimed is None:
        return Refusal(401, "not a key", f"That is no API key. {WHERE_THE_KEY_IS}")
    if claimed.kind is KeyKind.METRICS:
        return _by_metrics_key(asked, key, known)
    if claimed.seat != seat:
        return Refusal(403, "another seat's key", f"That key does not open {seat}.")
    if claimed.kind is KeyKind.PROBE and keys.same(key, known.probe_key):
        return Pass(As.PROBE)
    if known.api_key and claimed.kind is KeyKind.API and keys.same(key, known.api_key):
        return Pass(As.KEY)
    return Refusal(401, "wrong key", f"That key does not open {seat} any more. {WHERE_THE_KEY_IS}")


def _by_metrics_key(asked: Asked, key: str, known: Known) -> Pass | Refusal:
    if not keys.same(key, known.metrics_key):
        return Refusal(401, "wrong key", "That is not this classroom's metrics key.")
    if (asked.method, asked.path) != ("GET", FEDERATION) or asked.websocket:
        return Refusal(403, "metrics key astray", f"That key reads {FEDERATION} and nothing else.")
    return Pass(As.METRICS)


def _stranger(asked: Asked, words: str) -> Refusal:
    if asked.method == "GET" and asked.html and not asked.websocket:
        return Refusal(303, "no session")
    return Refusal(401, "no session", words)


def _opens_a_tab(asked: Asked) -> bool:
    return asked.method == "GET" and asked.document


WHERE_THE_KEY_IS = (
    "Programs send the API key from the seat's home page: 'Authorization: Bearer <key>'."
)
TWO_COOKIES = (
    "This browser sent two session cookies, and only one of them can be yours. They are removed"
    " now: load the page again. If this stays, delete the cookies of this site."
)
