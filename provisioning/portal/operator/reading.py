"""Understands what the host sends. Pure; what is wrong is said in words, with its place."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import TypeVar

from classroom.spec.hashing import is_hash
from portal.actions import Wanted
from portal.hosts import is_seat
from portal.observed import STATES, Health, Observation, Quota

T = TypeVar("T")

NAME_LENGTH = 100
"""As in the attendees' list."""

TEXT_LENGTH = 2000

MOST_BYTES = 2**53
"""What every reader of JSON can hold exactly."""


class WrongError(ValueError):
    """What was sent is not what is expected; the message says where and why."""


def wanted(body: Mapping[str, object]) -> dict[str, Wanted]:
    """Return the whole list of seats.

    Raises:
        WrongError: it can't be understood.
    """
    found = {}
    for name, value in _seats(body, "seats"):
        seat = _as_mapping(value, f"seats.{name}")
        attendee = _text(seat, "attendee", NAME_LENGTH)
        code_hash = _text(seat, "code_hash") if "code_hash" in seat else None
        if code_hash is not None and not is_hash(code_hash):
            raise WrongError(f"seats.{name}.code_hash is not an argon2id hash")
        found[name] = Wanted(attendee, code_hash)
    return found


def password_hash(body: Mapping[str, object]) -> str:
    """Return the hash of a new password; raises WrongError."""
    text = _text(body, "hash")
    if not is_hash(text):
        raise WrongError("hash is not an argon2id hash")
    return text


def outcome(body: Mapping[str, object]) -> tuple[bool, str]:
    """Return how a verb ended, and what is to be said about it; raises WrongError."""
    return _exact(body, "ok", bool), _text(body, "detail")


def observation(body: Mapping[str, object], at: float) -> Observation:
    """Return one pass of watch: the health report, and quotas beside it; raises WrongError.

    Keys that are not known here are left for whoever knows them.
    """
    ingress = body.get("ingress")
    return Observation(
        at=at,
        ingress=None if ingress is None else _health(ingress, "ingress"),
        seats={
            seat: {
                _sound(component, f"a component of {seat}"): _health(value, f"{seat}.{component}")
                for component, value in _as_mapping(components, seat).items()
            }
            for seat, components in _seats(body, "seats")
        },
        quota={
            seat: _quota(value, f"quota.{seat}")
            for seat, value in (_seats(body, "quota") if "quota" in body else ())
        },
    )


def _seats(body: Mapping[str, object], key: str) -> ItemsView[str, object]:
    """Return what stands at ``key`` for each seat."""
    found = _mapping(body, key)
    for name in found:
        if not is_seat(name):
            raise WrongError(f"{key}: {name!r} is not a seat's name, like seat-07")
    return found.items()


def _health(value: object, where: str) -> Health:
    body = _as_mapping(value, where)
    state = _text(body, "state")
    if state not in STATES:
        raise WrongError(f"{where}.state: {state!r} is none of {', '.join(STATES)}")
    return Health(
        state=state,
        check=_text(body, "check"),
        seen=_text(body, "seen"),
        fix=_text(body, "fix"),
        version=_text(body, "version"),
    )


def _quota(value: object, where: str) -> Quota:
    body = _as_mapping(value, where)
    used, limit = _amount(body, "used", 0), _amount(body, "limit", 1)
    return Quota(used, limit, _exact(body, "stopped", bool))


def _amount(body: Mapping[str, object], key: str, least: int) -> int:
    value = body.get(key)
    # To JSON, 384.0 is a whole number too.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not least <= value <= MOST_BYTES:
        raise WrongError(f"{key} is missing or not an amount of bytes")
    return value


def _mapping(body: Mapping[str, object], key: str) -> Mapping[str, object]:
    if key not in body:
        raise WrongError(f"{key} is missing")
    return _as_mapping(body[key], key)


def _as_mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise WrongError(f"{where} is not an object")
    return value


def _text(body: Mapping[str, object], key: str, most: int = TEXT_LENGTH) -> str:
    text = _exact(body, key, str)
    if len(text) > most:
        raise WrongError(f"{key} is longer than {most} characters")
    return _sound(text, key)


def _sound(text: str, where: str) -> str:
    """Return the text; JSON can spell halves of characters, which nothing can write again."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WrongError(f"{where} is not text") from None
    return text


def _exact(body: Mapping[str, object], key: str, kind: type[T]) -> T:
    value = body.get(key)
    # type(), since to Python True is a number.
    if type(value) is not kind:
        raise WrongError(f"{key} is missing or no {kind.__name__}")
    return value
