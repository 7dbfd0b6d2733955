"""How codes and passwords are kept: as argon2id hashes, the same on the host and in the portal."""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""OWASP's first choice for argon2id. About 20 ms and 19 MiB; a code has 40 random bits besides."""

_HASH = re.compile(
    r"\$argon2id\$v=19\$m=\d{1,6},t=\d{1,2},p=\d\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+", re.ASCII
)
_LONGEST = 200


def hashed(secret: str) -> str:
    """Return the hash to store; takes tens of milliseconds, on purpose."""
    return _HASHER.hash(secret)


def matches(stored: str, secret: str) -> bool:
    """Whether ``secret`` is what ``stored`` was made from; as slow as :func:`hashed`."""
    try:
        return _HASHER.verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether a text looks like a hash of ours."""
    return len(text) <= _LONGEST and _HASH.fullmatch(text) is not None
