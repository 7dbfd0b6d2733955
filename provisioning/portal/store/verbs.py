"""The queue of what watch is to do on the host: a closed list of verbs, nothing else."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

from classroom.spec.model import COMPONENTS
from classroom.spec.verbs import Verb
from portal.store.database import Database

LEASE_SECONDS = 30.0
"""A verb that was taken and not answered in this time is offered again."""

ORDER_SECONDS = 120.0
"""After this nobody begins with an order any more: whoever gave it does not expect it by now, and
somebody may be at work in what it would restart. A cut is owed for good."""


@dataclass(frozen=True)
class Order:
    """A verb for a seat. ``ok`` is None until watch has answered; times as in the schema."""

    id: str
    verb: Verb
    seat: str
    component: str
    queued_at: float
    taken_at: float | None
    done_at: float | None
    ok: bool | None
    detail: str

    def lapsed(self, now: float) -> bool:
        """Whether nobody did it in time, so that nobody will."""
        if self.ok is not None or self.verb is Verb.CUT:
            return False
        in_work = self.taken_at is not None and now - self.taken_at <= LEASE_SECONDS
        return not in_work and now - self.queued_at > ORDER_SECONDS


class Verbs:
    """The queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, verb: Verb, seat: str, now: float, component: str = "") -> Order:
        """Queue a verb; one that waits already is not queued twice.

        Raises:
            ValueError: a restart names no component, or another verb names one.
        """
        if (component in COMPONENTS) is not (verb is Verb.RESTART):
            raise ValueError(f"{verb} with component {component!r}")
        found = self._database.row(
            "SELECT * FROM verbs WHERE verb = ? AND seat = ? AND component = ?"
            " AND taken_at IS NULL AND done_at IS NULL ORDER BY queued_at DESC",
            *(verb.value, seat, component),
        )
        if found and not _order(found).lapsed(now):
            return _order(found)
        id_ = secrets.token_hex(8)
        self._database.write(
            "INSERT INTO verbs (id, verb, seat, component, queued_at) VALUES (?, ?, ?, ?, ?)",
            *(id_, verb.value, seat, component, now),
        )
        return Order(id_, verb, seat, component, now, None, None, None, "")

    def take(self, now: float) -> list[Order]:
        """Return what is to be done, oldest first, and lend it out."""
        rows = self._database.rows(
            "UPDATE verbs SET taken_at = ? WHERE done_at IS NULL"
            " AND (taken_at IS NULL OR taken_at < ?) AND (verb = ? OR queued_at >= ?) RETURNING *",
            *(now, now - LEASE_SECONDS, Verb.CUT.value, now - ORDER_SECONDS),
        )
        return sorted(map(_order, rows), key=lambda order: order.queued_at)

    def finish(self, id_: str, now: float, *, ok: bool, detail: str) -> Order | None:
        """Note how a verb ended; None when there is no such verb, or it had ended already."""
        rows = self._database.rows(
            "UPDATE verbs SET done_at = ?, ok = ?, detail = ?"
            " WHERE id = ? AND done_at IS NULL RETURNING *",
            *(now, ok, detail, id_),
        )
        return _order(rows[0]) if rows else None

    def recent(self, since: float) -> list[Order]:
        """Return verbs queued after ``since``, and cuts that are still owed, oldest first."""
        query = (
            "SELECT * FROM verbs WHERE queued_at > ? OR (verb = ? AND done_at IS NULL)"
            " ORDER BY queued_at"
        )
        return [_order(row) for row in self._database.rows(query, since, Verb.CUT.value)]


def _order(row: sqlite3.Row) -> Order:
    return Order(
        id=row["id"],
        verb=Verb(row["verb"]),
        seat=row["seat"],
        component=row["component"],
        queued_at=row["queued_at"],
        taken_at=row["taken_at"],
        done_at=row["done_at"],
        ok=None if row["ok"] is None else bool(row["ok"]),
        detail=row["detail"],
    )
