"""labkit: what the course's labs, their workers and the attendee's workspace share."""

from labkit.seat import Seat, seat

__all__ = ["Seat", "seat"]
