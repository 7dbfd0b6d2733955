"""Single values with a name."""

from __future__ import annotations

from portal.store.database import Database

ANNOUNCEMENT = "announcement"
AUTHORITY = "authority"
"""The fingerprint of the classroom's own authority, if it has one."""
PASSWORD = "password"  # noqa: S105 - the name of the note that holds the hash


class Notes:
    """One text a name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str:
        """Return the text, empty if there is none."""
        found = self._database.row("SELECT value FROM notes WHERE name = ?", name)
        return str(found["value"]) if found else ""

    def set(self, name: str, value: str) -> None:
        """Keep a text in place of the one before."""
        self._database.write(
            "INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", name, value
        )
