"""One run at a time changes a classroom.

The lock is one ``flock`` on one descriptor that every child inherits and nobody unlinks:
Ansible's forks outlive a killed parent, so it is free only when the last of them has ended.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from classroom.errors import LockedError

DESCRIPTOR_VARIABLE = "CLASSROOM_LOCK"
"""Environment variable that tells children which inherited descriptor is the lock."""


def descriptors() -> tuple[int, ...]:
    """Return the lock's descriptor for a grandchild's ``pass_fds``, if this process has it."""
    value = os.environ.get(DESCRIPTOR_VARIABLE, "")
    return (int(value),) if value.isdigit() else ()


@contextmanager
def exclusive(folder: Path, doing: str) -> Iterator[int]:
    """Hold the classroom's lock while ``doing``; yield the descriptor for ``pass_fds``.

    Raises:
        LockedError: somebody else holds it; says who, since when, and doing what.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise LockedError(
                f"another run holds this classroom: {holder or 'it has just begun'}",
                where=str(folder / "lock"),
                remedy="wait until it has ended; if its process is gone, a child of it still runs: "
                f"`fuser -v {folder / 'lock'}` names it",
            ) from None
        since = datetime.now(UTC).strftime("%H:%M:%S UTC")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{doing} (process {os.getpid()}, since {since})\n".encode(), 0)
        os.set_inheritable(descriptor, True)
        yield descriptor
    finally:
        os.close(descriptor)
