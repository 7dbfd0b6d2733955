"""Sessions: a random token in a cookie, its hash here."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from portal.store.database import Database

LIFETIME_SECONDS = 30 * 24 * 3600
"""Longer than any course; a classroom that is torn down ends all of them anyway."""

HELPER_SECONDS = 2 * 3600
"""A helper who forgot to leave is not a guest for the rest of the course."""


MOST_DEVICES = 20
"""Sessions of a kind in one seat, and of the console: beyond, the oldest ends. Nobody has so many
devices, and who opens sessions in a loop makes no page slow that lists them all."""


class Kind(StrEnum):
    """Whose session it is. A helper may do what the attendee can, and is marked as a helper."""

    ATTENDEE = "attendee"
    HELPER = "helper"


@dataclass(frozen=True)
class Session:
    """A device that is let in to one seat."""

    seat: str
    kind: Kind
    name: str
    at: float

    def live(self, now: float) -> bool:
        """Whether it has not run out."""
        longest = HELPER_SECONDS if self.kind is Kind.HELPER else LIFETIME_SECONDS
        return now - self.at < longest


class Sessions:
    """Sessions of seats' hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, seat: str, kind: Kind, name: str, at: float) -> str:
        """Begin a session; return its token, which is kept nowhere here.

        Sessions that ran out, and the oldest beyond MOST_DEVICES, are forgotten.
        """
        token = secrets.token_urlsafe(32)
        self._database.write(
            "INSERT INTO sessions (token_hash, seat, kind, name, at) VALUES (?, ?, ?, ?, ?)",
            *(_hash(token), seat, kind.value, name, at),
        )
        self._database.write("DELETE FROM sessions WHERE at <= ?", at - LIFETIME_SECONDS)
        self._database.write(
            "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions"
            " WHERE seat = ? AND kind = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
            *(seat, kind.value, MOST_DEVICES),
        )
        return token

    def find(self, token: str, now: float) -> Session | None:
        """Return the session of a token, None if there is none (any more)."""
        row = self._database.row("SELECT * FROM sessions WHERE token_hash = ?", _hash(token))
        session = _session(row) if row else None
        return session if session and session.live(now) else None

    def of_seat(self, seat: str, now: float) -> list[Session]:
        """Return a seat's sessions, oldest first."""
        rows = self._database.rows("SELECT * FROM sessions WHERE seat = ? ORDER BY at", seat)
        return [session for session in map(_session, rows) if session.live(now)]

    def all(self, now: float) -> list[Session]:
        """Return all sessions of all seats, oldest first."""
        rows = self._database.rows("SELECT * FROM sessions ORDER BY at")
        return [session for session in map(_session, rows) if session.live(now)]

    def close(self, token: str) -> Session | None:
        """End one session; return it, None if there was none."""
        query = "DELETE FROM sessions WHERE token_hash = ? RETURNING *"
        row = self._database.row(query, _hash(token))
        return _session(row) if row else None

    def close_overstayed(self, now: float) -> list[Session]:
        """End the helpers' sessions that have run out; return them."""
        rows = self._database.rows(
            "DELETE FROM sessions WHERE kind = ? AND at <= ? RETURNING *",
            *(Kind.HELPER.value, now - HELPER_SECONDS),
        )
        return [_session(row) for row in rows]

    def close_seat(self, seat: str) -> int:
        """End all sessions of a seat; return how many there were."""
        return self._database.write("DELETE FROM sessions WHERE seat = ?", seat)


class ConsoleSessions:
    """Sessions of the console; every one of them is the instructor's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, at: float) -> str:
        """Begin a session; return its token."""
        token = secrets.token_urlsafe(32)
        self._database.write(
            "INSERT INTO console_sessions (token_hash, at) VALUES (?, ?)", _hash(token), at
        )
        self._database.write(
            "DELETE FROM console_sessions WHERE at <= ? OR token_hash IN (SELECT token_hash"
            " FROM console_sessions ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
            *(at - LIFETIME_SECONDS, MOST_DEVICES),
        )
        return token

    def valid(self, token: str, now: float) -> bool:
        """Whether a token opens the console."""
        query = "SELECT at FROM console_sessions WHERE token_hash = ?"
        row = self._database.row(query, _hash(token))
        return row is not None and now - row["at"] < LIFETIME_SECONDS

    def close(self, token: str) -> None:
        """End one session."""
        self._database.write("DELETE FROM console_sessions WHERE token_hash = ?", _hash(token))

    def close_all(self) -> int:
        """End all of them; return how many there were."""
        return self._database.write("DELETE FROM console_sessions")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _session(row: sqlite3.Row) -> Session:
    return Session(seat=row["seat"], kind=Kind(row["kind"]), name=row["name"], at=row["at"])
