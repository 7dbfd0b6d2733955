"""What the portal remembers: one SQLite file, one process, a module per table."""

from portal.store.database import Database
from portal.store.store import Store

__all__ = ["Database", "Store"]
