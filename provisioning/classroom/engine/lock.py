"""One run at a time changes a classroom.

The lock is one ``flock`` on one descriptor that every child inherits: Ansible's forks outlive a
killed parent, so it is free only when the last of them has ended. Whoever unlinks the file holds
its lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from classroom.engine.client import explained
from classroom.errors import LockedError

DESCRIPTOR_VARIABLE = "CLASSROOM_LOCK"
"""Environment variable that tells children which inherited descriptor is the lock."""

WATCH = "watch"
"""How the word begins that `classroom watch` leaves: it holds the lock for one restart at most."""

WATCH_SECONDS = 30.0
"""How long others wait for it; an ingress on 70 networks restarts in 8 s."""

_PROVING = "proving"

_PROC = Path("/proc")


def descriptors() -> tuple[int, ...]:
    """Return the lock's descriptor for a grandchild's ``pass_fds``, if this process has it."""
    value = os.environ.get(DESCRIPTOR_VARIABLE, "")
    return (int(value),) if value.isdigit() else ()


@contextmanager
def exclusive(folder: Path, doing: str, *, name: str = "lock") -> Iterator[int]:
    """Hold the classroom's lock while ``doing``; yield the descriptor for ``pass_fds``.

    Nobody is turned away because watch starts a component at that moment: that is waited for.

    Raises:
        LockedError: somebody else holds it; says who, since when, and doing what.
        EngineError: the lock's file can't be opened or written.
    """
    path = folder / name
    with explained("take the classroom's lock", str(path)):
        descriptor = _locked(path)
    try:
        with explained("take the classroom's lock", str(path)):
            since = datetime.now(UTC).strftime("%H:%M:%S UTC")
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{doing} (process {os.getpid()}, since {since})\n".encode(), 0)
            os.set_inheritable(descriptor, True)
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int:
    """Open and lock the file that is at ``path`` once the lock is held."""
    patient_until = time.monotonic() + WATCH_SECONDS
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
            if holder.startswith(WATCH) and time.monotonic() < patient_until:
                time.sleep(0.1)
                continue
            raise _taken(path, holder) from None
        # A teardown removed the folder between our opening and locking: this lock is worth nothing.
        os.close(descriptor)


def _taken(path: Path, holder: str) -> LockedError:
    working = sorted(users(path) - {os.getpid()})
    remedy = "wait until it has ended, then run the same command again"
    if working and not any(f"(process {pid}," in holder for pid in working):
        pids = " ".join(map(str, working))
        remedy = (
            "that process was killed, but what it had started is still at work: wait until that "
            f"has ended, or end it with `kill {pids}`; then run the same command again"
        )
    return LockedError(
        f"another run holds this classroom: {holder or 'it has just begun'}",
        where=str(path),
        remedy=remedy,
    )


def holder(path: Path) -> int | None:
    """Return the process that took a lock and still holds it, as far as this user may look.

    The kernel's table of locks (proc_locks(5)) says who: to try the lock oneself would, for that
    moment, turn away whoever takes it. It tells files apart by inodes, hence the second look.
    """
    try:
        inode = path.stat().st_ino
    except FileNotFoundError:
        return None
    locks = (line.split() for line in (_PROC / "locks").read_text().splitlines())
    found = {int(lock[4]) for lock in locks if _is_flock_of(lock, inode)}
    return min(users(path, found), default=None)


def _is_flock_of(lock: list[str], inode: int) -> bool:
    """Whether a line such as ``1: FLOCK ADVISORY WRITE 708 00:13:9546 0 EOF`` is about a file."""
    return lock[1] == "FLOCK" and lock[5].rpartition(":")[2] == str(inode)


@contextmanager
def proving(folder: Path) -> Iterator[None]:
    """Say, while it lasts, that somebody who waits for it proves the classroom.

    Raises:
        EngineError: the file that says so can't be opened.
    """
    with explained("say that a proof is under way", str(folder)):
        descriptor = os.open(folder / _PROVING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def being_proven(folder: Path) -> bool:
    """Whether somebody is at work under :func:`proving`, however many they are."""
    try:
        descriptor = os.open(folder / _PROVING, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def users(path: Path, among: Iterable[int] | None = None) -> set[int]:
    """Return the processes that have a file open, as far as this user may look.

    Args:
        path: the file.
        among: just these are looked at; a classroom of 70 seats has thousands.
    """
    pids = (int(p.name) for p in _PROC.glob("[0-9]*")) if among is None else among
    return {pid for pid in pids if _uses(pid, path)}


def _uses(pid: int, path: Path) -> bool:
    try:
        return any(_leads_to(link, path) for link in (_PROC / str(pid) / "fd").iterdir())
    except OSError:
        return False  # another user's, or gone meanwhile


def _leads_to(link: Path, path: Path) -> bool:
    try:
        return link.readlink() == path
    except OSError:
        return False  # closed since it was listed
