"""Seats: who is expected, the code's hash, the generation of the API key."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from portal.store.database import Database


@dataclass(frozen=True)
class Seat:
    """One seat as the portal knows it; ``last_activity`` is in seconds since 1970, UTC.

    ``moved`` says that the console put its attendee here, and not the list.
    """

    name: str
    attendee: str
    code_hash: str = field(repr=False)
    generation: int
    last_activity: float | None
    moved: bool = False


class Seats:
    """The table of seats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Seat]:
        """Return every seat, by number."""
        rows = self._database.rows("SELECT * FROM seats")
        return sorted(map(_seat, rows), key=lambda s: int(s.name.removeprefix("seat-")))

    def get(self, name: str) -> Seat | None:
        """Return ``seat-07``, or None when the classroom has no such seat."""
        found = self._database.row("SELECT * FROM seats WHERE seat = ?", name)
        return _seat(found) if found else None

    def add(self, name: str, attendee: str, code_hash: str, now: float) -> None:
        """Add a seat.

        Its generation begins at the time, in seconds, and not at 1: a seat that was removed and
        comes again must not accept the API keys of its first life.
        """
        self._database.write(
            "INSERT INTO seats (seat, attendee, code_hash, generation) VALUES (?, ?, ?, ?)",
            *(name, attendee, code_hash, int(now)),
        )

    def rename(self, name: str, attendee: str) -> None:
        """Say whom the list expects in a seat.

        Somebody whom the console moved there stays expected for as long as the list names nobody.
        """
        self._database.write(
            "UPDATE seats SET attendee = ?, moved = 0"
            " WHERE seat = ? AND attendee <> ? AND NOT (moved AND ? = '')",
            *(attendee, name, attendee, attendee),
        )

    def move_in(self, name: str, attendee: str) -> None:
        """Expect somebody in a seat for whom the list has another one."""
        self._database.write(
            "UPDATE seats SET attendee = ?, moved = 1 WHERE seat = ?", attendee, name
        )

    def move_out(self, name: str) -> None:
        """Expect nobody any more who was moved to a seat."""
        self._database.write(
            "UPDATE seats SET attendee = '', moved = 0 WHERE seat = ? AND moved", name
        )

    def recode(self, name: str, code_hash: str) -> None:
        """Give a seat another code."""
        self._database.write("UPDATE seats SET code_hash = ? WHERE seat = ?", code_hash, name)

    def raise_generation(self, name: str) -> None:
        """Revoke a seat's API key; the next one takes its place."""
        self._database.write("UPDATE seats SET generation = generation + 1 WHERE seat = ?", name)

    def remove(self, name: str) -> None:
        """Forget a seat and its sessions."""
        self._database.write("DELETE FROM seats WHERE seat = ?", name)

    def active(self, name: str, at: float) -> None:
        """Note when somebody last did something in a seat."""
        self._database.write("UPDATE seats SET last_activity = ? WHERE seat = ?", at, name)


def _seat(row: sqlite3.Row) -> Seat:
    return Seat(
        name=row["seat"],
        attendee=row["attendee"],
        code_hash=row["code_hash"],
        generation=row["generation"],
        last_activity=row["last_activity"],
        moved=bool(row["moved"]),
    )
