"""Understands what the host sends. Pure; what is wrong is said in words, with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping

from classroom.spec.hashing import is_hash
from portal.actions import Wanted
from portal.observed import STATES, Health, Observation, Quota
from portal.operator.values import WrongError, amount, as_mapping, by_seat, exact, text

NAME_LENGTH = 100
"""As in the attendees' list."""

_FINGERPRINT = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")


def wanted(body: Mapping[str, object]) -> dict[str, Wanted]:
    """Return the whole list of seats.

    Raises:
        WrongError: it can't be understood.
    """
    found = {}
    for name, value in by_seat(body, "seats"):
        seat = as_mapping(value, f"seats.{name}")
        attendee = text(seat, "attendee", NAME_LENGTH)
        code_hash = text(seat, "code_hash") if "code_hash" in seat else None
        if code_hash is not None and not is_hash(code_hash):
            raise WrongError(f"seats.{name}.code_hash is not an argon2id hash")
        found[name] = Wanted(attendee, code_hash)
    return found


def password_hash(body: Mapping[str, object]) -> str:
    """Return the hash of a new password; raises WrongError."""
    found = text(body, "hash")
    if not is_hash(found):
        raise WrongError("hash is not an argon2id hash")
    return found


def fingerprint(body: Mapping[str, object]) -> str:
    """Return the SHA-256 of a certificate, as browsers show it; raises WrongError."""
    found = text(body, "fingerprint")
    if not _FINGERPRINT.fullmatch(found):
        raise WrongError("fingerprint is not 32 bytes like AB:CD:…")
    return found


def outcome(body: Mapping[str, object]) -> tuple[bool, str]:
    """Return how a verb ended, and what is to be said about it; raises WrongError."""
    return exact(body, "ok", bool), text(body, "detail")


def observation(body: Mapping[str, object], at: float) -> Observation:
    """Return one pass of watch: the health report, and quotas beside it; raises WrongError.

    Keys that are not known here are left for whoever knows them.
    """
    return Observation(
        at=at,
        ingress=_own(body, "ingress"),
        portal=_own(body, "portal"),
        prometheus=_own(body, "prometheus"),
        grafana=_own(body, "grafana"),
        seats={
            seat: {
                component: _health(value, f"{seat}.{component}")
                for component, value in as_mapping(components, seat).items()
            }
            for seat, components in by_seat(body, "seats")
        },
        quota={
            seat: {
                component: _quota(value, f"quota.{seat}.{component}")
                for component, value in as_mapping(components, f"quota.{seat}").items()
            }
            for seat, components in (by_seat(body, "quota") if "quota" in body else ())
        },
    )


def _own(body: Mapping[str, object], key: str) -> Health | None:
    return None if body.get(key) is None else _health(body[key], key)


def _health(value: object, where: str) -> Health:
    body = as_mapping(value, where)
    state = text(body, "state")
    if state not in STATES:
        raise WrongError(f"{where}.state: {state!r} is none of {', '.join(STATES)}")
    return Health(
        state=state,
        check=text(body, "check"),
        seen=text(body, "seen"),
        fix=text(body, "fix"),
        version=text(body, "version"),
    )


def _quota(value: object, where: str) -> Quota:
    body = as_mapping(value, where)
    used, limit = amount(body, "used", 0), amount(body, "limit", 1)
    return Quota(used, limit, exact(body, "stopped", bool))
