"""The dashboards of the class's Grafana, which the instructor alone sees.

They ask the class Prometheus: a handful of sums of each seat (prometheus/federated.rules.yml), and
what the classroom measures of itself (docs/metrics.md). ``asking`` has the expressions, ``look``
what the four have in common.
"""
