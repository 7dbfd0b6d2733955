"""The instructor's console, ``console.<domain>``: all seats at a glance, and what can be done."""

from portal.console.site import site

__all__ = ["site"]
