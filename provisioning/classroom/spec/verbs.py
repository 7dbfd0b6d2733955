"""What the portal may ask of the host: a closed list, which both know from here."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """All that can be asked for, each about one seat; RESTART about one of its components."""

    RESTART = "restart"
    STOP_WORKERS = "stop-workers"
    CUT = "cut"
    LIFT_QUOTA = "lift-quota"
