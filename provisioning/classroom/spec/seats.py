"""What a seat is called where people meet it."""

from __future__ import annotations


def host_label(seat: str) -> str:
    """Return the first label of a seat's host name: ``s07`` for ``seat-07``."""
    return f"s{seat.removeprefix('seat-')}"
