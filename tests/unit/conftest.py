"""What holds for all unit tests."""

from __future__ import annotations

from hypothesis import settings

# A machine that runs a classroom beside the tests is slow at times, and no example is wrong for it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
