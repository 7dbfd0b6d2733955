"""What a command tells an attendee when it can't do what they asked for."""

from __future__ import annotations


class LabError(Exception):
    """Something an attendee can put right; the message says how."""
