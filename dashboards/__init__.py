"""Grafana dashboards as code: ``python -m dashboards`` writes them as JSON beside this.

A seat's are here, the class's in ``whole_class``: no image has both.

The JSON is committed, because that is what an image needs: whoever provisions a classroom needs
neither this package nor Grafana's SDK. A module is a dashboard; ``catalog`` lists them. What
they share: ``promql`` and ``totals`` have the expressions, ``panels`` and ``board`` the look,
``choices`` the variables, ``links`` the ways out, ``shared`` whole panels. ``table`` makes the
tables in docs/metrics.md.
"""
