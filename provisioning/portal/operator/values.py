"""Reads values of what the host sends; what is wrong is said in words, with its place. Pure."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import TypeVar

from portal.hosts import is_seat

T = TypeVar("T")

TEXT_LENGTH = 2000

MOST_BYTES = 2**53
"""What every reader of JSON can hold exactly."""


class WrongError(ValueError):
    """What was sent is not what is expected; the message says where and why."""


def by_seat(body: Mapping[str, object], key: str) -> ItemsView[str, object]:
    """Return what stands at ``key`` for each seat; raises WrongError."""
    found = mapping(body, key)
    for name in found:
        if not is_seat(name):
            raise WrongError(f"{key}: {name!r} is not a seat's name, like seat-07")
    return found.items()


def amount(body: Mapping[str, object], key: str, least: int) -> int:
    """Return a whole number, for example of bytes; raises WrongError."""
    value = body.get(key)
    # To JSON, 384.0 is a whole number too.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not least <= value <= MOST_BYTES:
        raise WrongError(f"{key} is missing or no whole number from {least} on")
    return value


def mapping(body: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the object at a key; raises WrongError."""
    if key not in body:
        raise WrongError(f"{key} is missing")
    return as_mapping(body[key], key)


def objects(body: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """Return the objects of the list at a key; raises WrongError."""
    return [as_mapping(value, f"an element of {key}") for value in exact(body, key, list)]


def as_mapping(value: object, where: str) -> Mapping[str, object]:
    """Return a value that should be an object; raises WrongError."""
    if not isinstance(value, dict):
        raise WrongError(f"{where} is not an object")
    return value


def text(body: Mapping[str, object], key: str, most: int = TEXT_LENGTH) -> str:
    """Return the text at a key; raises WrongError."""
    found = exact(body, key, str)
    if len(found) > most:
        raise WrongError(f"{key} is longer than {most} characters")
    return found


def exact(body: Mapping[str, object], key: str, kind: type[T]) -> T:
    """Return what stands at a key, if it is exactly of a kind; raises WrongError."""
    value = body.get(key)
    # type(), since to Python True is a number.
    if type(value) is not kind:
        raise WrongError(f"{key} is missing or no {kind.__name__}")
    return value
