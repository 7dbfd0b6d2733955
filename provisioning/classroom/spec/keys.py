"""The keys of a classroom, all derived from one signing key. Pure; host and portal share it.

A derived key needs no storage: who has the signing key can say at any time what a seat's key is,
and a key of another classroom, seat or generation never matches. Each names what it opens::

    tk-07-<43 characters>   a seat's API key: its attendee's programs; ends with its generation
    pk-07-<43 characters>   a seat's probe key: health and watch, from the host
    ok-<43 characters>      the operator key: the operator's API, and no seat
    mk-<43 characters>      the metrics key: what the class Prometheus collects, and nothing else
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

_KEY = re.compile(
    r"(?:(?P<kind>tk|pk)-(?P<number>[0-9]{2,3})|(?P<alone>ok|mk))-[A-Za-z0-9_-]{43}", flags=re.ASCII
)


class KeyKind(StrEnum):
    """What a key is for; the value is how it begins."""

    API = "tk"
    PROBE = "pk"
    OPERATOR = "ok"
    METRICS = "mk"


@dataclass(frozen=True)
class Claimed:
    """What a presented key says of itself. It proves nothing: compare it with the derived one.

    ``seat`` is ``seat-07``, or empty for a key that is no seat's.
    """

    kind: KeyKind
    seat: str


def new_signing_key() -> str:
    """Return a fresh signing key: 256 bits of the operating system's, as text."""
    return secrets.token_urlsafe(32)


def api_key(signing_key: str, seat: str, generation: int) -> str:
    """Return the API key of ``seat-07``; raising the generation revokes all earlier ones."""
    return f"{KeyKind.API}-{_number(seat)}-{_derive(signing_key, f'api:{seat}:{generation}')}"


def probe_key(signing_key: str, seat: str) -> str:
    """Return the key by which the host probes ``seat-07``."""
    return f"{KeyKind.PROBE}-{_number(seat)}-{_derive(signing_key, f'probe:{seat}')}"


def operator_key(signing_key: str) -> str:
    """Return the key of the operator's API."""
    return f"{KeyKind.OPERATOR}-{_derive(signing_key, 'operator')}"


def metrics_key(signing_key: str) -> str:
    """Return the key by which the class Prometheus collects: one for all seats, for reading."""
    return f"{KeyKind.METRICS}-{_derive(signing_key, 'metrics')}"


def claimed(key: str) -> Claimed | None:
    """Say what a presented key claims to be; None for what is no key of ours."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    if found["alone"]:
        return Claimed(KeyKind(found["alone"]), "")
    return Claimed(KeyKind(found["kind"]), f"seat-{found['number']}")


def same(presented: str, derived: str) -> bool:
    """Whether two keys are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(presented.encode(), derived.encode())


def _number(seat: str) -> str:
    return seat.removeprefix("seat-")


def _derive(signing_key: str, purpose: str) -> str:
    digest = hmac.digest(signing_key.encode(), purpose.encode(), sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
