"""The front page, ``<domain>/``: where somebody with a card begins."""

from portal.front.site import site

__all__ = ["site"]
