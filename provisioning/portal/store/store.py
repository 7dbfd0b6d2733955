"""All tables together."""

from __future__ import annotations

from portal.store.database import Database
from portal.store.notes import Notes
from portal.store.results import Results
from portal.store.seats import Seats
from portal.store.sessions import ConsoleSessions, Sessions
from portal.store.verbs import Verbs


class Store:
    """A database and its tables: ``store.seats``, ``store.sessions`` and so on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seats = Seats(database)
        self.sessions = Sessions(database)
        self.console_sessions = ConsoleSessions(database)
        self.verbs = Verbs(database)
        self.notes = Notes(database)
        self.results = Results(database)
