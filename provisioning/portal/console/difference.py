"""The difference between two grids: what a page that has the old one needs to show the new one."""

from __future__ import annotations

from portal.console.grid import Grid, Json

_NOTHING = object()


def whole(grid: Grid) -> Json:
    """Return a grid as the page gets it first."""
    return {"room": grid.room, "seats": grid.seats}


def difference(old: Grid, new: Grid) -> Json | None:
    """Return the keys that differ, a seat that is gone as null; None if nothing differs."""
    seats: dict[str, Json | None] = {name: None for name in old.seats if name not in new.seats}
    for name, seat in new.seats.items():
        changed = _changed(old.seats.get(name, {}), seat)
        if changed:
            seats[name] = changed
    room = _changed(old.room, new.room)
    return {"room": room, "seats": seats} if room or seats else None


def _changed(old: Json, new: Json) -> Json:
    return {key: value for key, value in new.items() if old.get(key, _NOTHING) != value}
