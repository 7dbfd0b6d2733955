"""What the class Prometheus reads, ``metrics.<domain>``: nobody else has the key."""

from portal.metrics.site import site

__all__ = ["site"]
