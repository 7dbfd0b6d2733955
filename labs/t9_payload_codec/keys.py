"""The shop's keys: files that nobody else may read. `python keys.py` makes a new one.

A key in an environment variable or an argument is in every crash report and in `ps`.
"""

import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FOLDER = Path.home() / ".shop-keys"


class NoKeyError(Exception):
    """There is no such key, or no key at all, or one that is no secret."""


def make_key() -> Path:
    """Make a key, which is the newest from now on, and return its file."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    path = FOLDER / f"{len(list(FOLDER.glob('*.key'))) + 1:04}.key"
    # It is secret from its first moment: a chmod afterwards would come late.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(AESGCM.generate_key(bit_length=256))
    return path


def newest() -> str:
    """Return the name of the key that encrypts; the older ones only decrypt."""
    names = sorted(path.stem for path in FOLDER.glob("*.key"))
    if not names:
        raise NoKeyError("There is no key yet. Make one: python keys.py")
    return names[-1]


def key(name: str) -> bytes:
    """Return a key by its name.

    Raises:
        NoKeyError: there is none of that name, or others may read it.
    """
    path = FOLDER / f"{name}.key"
    # The name comes with a payload, so from anybody: it must not lead to another file.
    if not re.fullmatch(r"\d{4}", name) or not path.exists():
        raise NoKeyError(f"There is no key {name!r} here.")
    if path.stat().st_mode & 0o077:
        raise NoKeyError(f"Others may read {path}. Make it yours alone: chmod 600 {path}")
    return path.read_bytes()


if __name__ == "__main__":
    print(f"Made {make_key()}")
