"""A seat's host, ``s07.<domain>``: claim it, its home, and Caddy's question who may pass."""

from portal.seat.site import site

__all__ = ["site"]
