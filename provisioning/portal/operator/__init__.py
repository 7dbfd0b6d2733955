"""The operator's API, ``portal.<domain>/operator/``: for the host's commands and for watch."""

from portal.operator.site import site

__all__ = ["site"]
