"""The laptop check, ``<domain>/check``: whether a laptop and its network will do."""

from portal.laptop.check import routes

__all__ = ["routes"]
